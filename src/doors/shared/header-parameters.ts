/** A header such as `form-data; name="files"; filename*=UTF-8''a%20b`, taken apart. */
export interface HeaderParameters {
  /** What stands before the parameters, in lower case. */
  readonly value: string;
  /** By their names in lower case; of one that comes twice, the first. */
  readonly parameters: ReadonlyMap<string, string>;
}

const VALUE = /^[ \t]*([^\s;]*)[ \t]*/;
/** Bitbucket Cloud's own documentation writes `x-attributes:"link"`, with a colon. */
const PARAMETER = /;[ \t]*([^\s=:;"]+)[ \t]*[=:][ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))[ \t]*/y;
/** A semicolon with nothing behind it. */
const NOTHING = /;[ \t]*(?=;|$)/y;
const EXTENDED = /^utf-8'[^']*'((?:[^%']|%[0-9a-f]{2})*)$/i;

/**
 * Reads the value of a header with parameters, whose bytes stand in the text one by one, as Latin-1; what they say is UTF-8. Names
 * with `*` (RFC 8187) win over those without. Undefined where it is none, or a value is not UTF-8.
 */
export function readHeaderParameters(header: string): HeaderParameters | undefined {
  const [start = '', value = ''] = VALUE.exec(header) ?? [];
  const plain = new Map<string, string>();
  const extended = new Map<string, string>();
  for (let at = start.length; at < header.length; ) {
    NOTHING.lastIndex = PARAMETER.lastIndex = at;
    const [nothing] = NOTHING.exec(header) ?? [];
    if (nothing !== undefined) {
      at += nothing.length;
      continue;
    }
    const [all, name, quoted, token = ''] = PARAMETER.exec(header) ?? [];
    if (all === undefined || name === undefined) return undefined;
    at += all.length;
    const key = name.toLowerCase();
    const text = key.endsWith('*') ? decodeExtended(token) : utf8(unquoted(quoted) ?? token);
    if (text === undefined) return undefined;
    const into = key.endsWith('*') ? extended : plain;
    if (!into.has(key.replace('*', ''))) into.set(key.replace('*', ''), text);
  }
  return { value: value.toLowerCase(), parameters: new Map([...plain, ...extended]) };
}

/** Of backslashes, those before a quotation mark or another one: some browsers send paths of Windows as they are. */
const unquoted = (quoted: string | undefined): string | undefined => quoted?.replace(/\\(["\\])/g, '$1');

function decodeExtended(token: string): string | undefined {
  const [, escaped] = EXTENDED.exec(token) ?? [];
  if (escaped === undefined) return undefined;
  return utf8(
    escaped.replace(/%(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
  );
}

function utf8(bytes: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return undefined;
  }
}
