import { STATUS_STATES, type StatusInput, type StatusState } from '../../hosting/index.ts';
import { invalid, Problem } from '../../problem.ts';

/** What a build system says, as it was sent. */
export interface SaidStatus {
  readonly state?: string;
  readonly name?: string;
  readonly url?: string;
  readonly description?: string;
  readonly refname?: string;
}

/** In characters. That of the key is Bitbucket Cloud's, to which its clients keep. */
const LONGEST = { key: 40, name: 255, url: 2000, description: 2000, refname: 1024 } as const;

const isState = (text: string): text is StatusState => (STATUS_STATES as readonly string[]).includes(text);

/**
 * A key is named in addresses, and so holds nothing that cannot stand in one. Throws `Problem`, in Bitbucket's words where
 * they are known, for one that does.
 */
export function chooseKey(key: string): string {
  if (key === '') throw invalid('key', 'This field is required.');
  const chosen = fitting('key', key);
  if (/[\p{C}\\]|(?:^|\/)\.{1,2}(?:\/|$)|^\/|\/$|\/\//u.test(chosen)) {
    throw invalid(
      'key',
      'A key holds no control character and no backslash, does not begin or end with a slash, and has no part between slashes that is empty, "." or "..".',
    );
  }
  return chosen;
}

/** What is given, fit to be kept and shown. Throws `Problem` for what is not. */
export function chooseStatus({
  state,
  name,
  url,
  description,
  refname,
}: SaidStatus): Partial<Omit<StatusInput, 'key'>> {
  return {
    ...(state !== undefined && { state: chooseState(state) }),
    ...(name !== undefined && { name: text('name', name) }),
    ...(url !== undefined && { url: chooseUrl(url) }),
    ...(description !== undefined && { description: text('description', description) }),
    ...(refname !== undefined && { refname: refname === '' ? null : text('refname', refname) }),
  };
}

function chooseState(state: string): StatusState {
  if (isState(state)) return state;
  throw invalid(
    'state',
    `${JSON.stringify(state.slice(0, 64))} is no state: the states are ${STATUS_STATES.join(', ')}.`,
  );
}

/** Pages lead there: an address of the web and of nothing else. */
function chooseUrl(url: string): string {
  const chosen = fitting('url', url);
  if (!/[\s\p{C}]/u.test(chosen) && /^https?:\/\//i.test(chosen) && URL.canParse(chosen)) return chosen;
  throw new Problem('invalid', 'Enter a valid URL.', {
    fields: { url: ['Enter a valid URL.'] },
    data: { hint: 'It begins with http:// or https://, and holds no spaces.' },
  });
}

function text(field: keyof typeof LONGEST, value: string): string {
  const chosen = fitting(field, value);
  if (/[^\P{Cc}\n\r\t]|\p{Cs}/u.test(chosen)) throw invalid(field, 'Leave control characters out.');
  return chosen;
}

function fitting(field: keyof typeof LONGEST, value: string): string {
  const length = value.length > LONGEST[field] ? Array.from(value).length : value.length;
  if (length <= LONGEST[field]) return value;
  throw invalid(field, `Ensure this value has at most ${LONGEST[field]} characters (it has ${length}).`);
}
