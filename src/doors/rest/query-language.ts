import { invalid, Problem } from '../../problem.ts';

/**
 * The filter language of `q=`: comparisons joined by AND and OR, with parentheses. `=` and `!=` compare exactly, `~` and
 * `!~` ask whether text contains text in any case, the rest orders numbers, dates and text; `IN` and `NOT IN` take a list.
 */
export type Filter =
  | { readonly type: 'and' | 'or'; readonly left: Filter; readonly right: Filter }
  | {
      readonly type: 'compare';
      readonly field: string;
      readonly operator: Operator;
      /** In small letters where it is asked whether text contains them. */
      readonly values: readonly Literal[];
    };

type Literal = string | number | boolean | null;
export type Operator = '=' | '!=' | '~' | '!~' | '>' | '>=' | '<' | '<=' | 'in' | 'not in';
export type FieldValue = string | number | boolean | null | Date;

interface Token {
  readonly type: 'word' | 'text' | 'number' | 'sign';
  readonly text: string;
}

const MAXIMAL_LENGTH = 4000;
const MAXIMAL_DEPTH = 50;
/** A value of a list counts for itself: so often each of perhaps a million names is compared. */
const MAXIMAL_VALUES = 100;
const TOKEN =
  /\s*(?:(?<text>"(?:[^"\\]|\\.)*")|(?<date>\d{4}-\d{2}-\d{2}[0-9T:.+Z-]*)|(?<number>-?\d+(?:\.\d+)?)|(?<word>[A-Za-z_][\w.]*)|(?<sign>!~|!=|>=|<=|[=~><(),]))/suy;

const OPERATORS: readonly string[] = ['=', '!=', '~', '!~', '>', '>=', '<', '<='];

/**
 * Throws `Problem` with a sentence for what is no filter, and for fields that are not among `fields`.
 * @param times those of the fields that are compared with times
 */
export function parseFilter(text: string, fields: readonly string[], times: readonly string[] = []): Filter {
  const parser = new Parser(tokens(text), fields, times);
  return parser.whole();
}

/** Whether the outcome may depend on the field. */
export const asksFor = (filter: Filter, field: string): boolean => {
  let left = filter;
  // As in `passes`: chains lean to the left.
  for (; left.type !== 'compare'; left = left.left) if (asksFor(left.right, field)) return true;
  return left.field === field;
};

function tokens(text: string): Token[] {
  if (text.length > MAXIMAL_LENGTH) throw badQuery(`it is longer than ${MAXIMAL_LENGTH} characters`);
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const groups = TOKEN.exec(text)?.groups;
    if (groups === undefined) throw badQuery(`it cannot be read from character ${at + 1} on`);
    if (groups['text'] !== undefined) {
      found.push({ type: 'text', text: groups['text'].slice(1, -1).replace(/\\(.)/gsu, '$1') });
    } else if (groups['date'] !== undefined) found.push({ type: 'text', text: groups['date'] });
    else if (groups['number'] !== undefined) found.push({ type: 'number', text: groups['number'] });
    else if (groups['word'] !== undefined) found.push({ type: 'word', text: groups['word'] });
    else found.push({ type: 'sign', text: groups['sign'] ?? '' });
  }
  return found;
}

function refuseNoTime(value: Literal): void {
  if (value === null) return;
  // `Date.parse` takes "5" and much else for a time.
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value) && !Number.isNaN(Date.parse(value))) return;
  throw badQuery(`${JSON.stringify(value)} is no time such as 2026-11-01 or 2026-11-01T09:30:00Z`);
}

const badQuery = (why: string): Problem =>
  invalid('q', `The filter could not be understood: ${why}. An example is q=name ~ "app".`);

class Parser {
  readonly #tokens: readonly Token[];
  readonly #fields: readonly string[];
  readonly #times: readonly string[];
  #position = 0;
  #values = 0;

  constructor(list: readonly Token[], fields: readonly string[], times: readonly string[]) {
    this.#tokens = list;
    this.#fields = fields;
    this.#times = times;
  }

  whole(): Filter {
    const filter = this.#or(0);
    if (this.#position < this.#tokens.length) throw badQuery('something stands behind its end');
    return filter;
  }

  #or(depth: number): Filter {
    let left = this.#and(depth);
    while (this.#takeWord('or')) left = { type: 'or', left, right: this.#and(depth) };
    return left;
  }

  #and(depth: number): Filter {
    let left = this.#single(depth);
    while (this.#takeWord('and')) left = { type: 'and', left, right: this.#single(depth) };
    return left;
  }

  #single(depth: number): Filter {
    if (depth > MAXIMAL_DEPTH) throw badQuery(`parentheses are deeper than ${MAXIMAL_DEPTH}`);
    if (this.#takeSign('(')) {
      const inner = this.#or(depth + 1);
      if (!this.#takeSign(')')) throw badQuery('a closing parenthesis is missing');
      return inner;
    }
    const field = this.#next();
    if (field?.type !== 'word') throw badQuery('the name of a field is missing');
    if (!this.#fields.includes(field.text)) {
      throw new Problem('invalid', `Field ".${field.text.slice(0, 100)}" does not support filtering`);
    }
    const comparison = this.#comparison();
    if (this.#times.includes(field.text)) comparison.values.forEach(refuseNoTime);
    return { type: 'compare', field: field.text, ...comparison };
  }

  #comparison(): { operator: Operator; values: readonly Literal[] } {
    const negated = this.#takeWord('not');
    if (this.#takeWord('in')) return { operator: negated ? 'not in' : 'in', values: this.#list() };
    const sign = this.#next();
    if (negated || sign?.type !== 'sign' || !OPERATORS.includes(sign.text)) {
      throw badQuery('an operator such as = or ~ is missing');
    }
    const operator = sign.text as Operator;
    const value = this.#literal();
    const isText = typeof value === 'string' && (operator === '~' || operator === '!~');
    return { operator, values: [isText ? value.toLowerCase() : value] };
  }

  #list(): Literal[] {
    if (!this.#takeSign('(')) throw badQuery('IN takes a list in parentheses');
    const values = [this.#literal()];
    while (this.#takeSign(',')) values.push(this.#literal());
    if (!this.#takeSign(')')) throw badQuery('a closing parenthesis is missing');
    return values;
  }

  #literal(): Literal {
    this.#values += 1;
    if (this.#values > MAXIMAL_VALUES) throw badQuery(`it compares with more than ${MAXIMAL_VALUES} values`);
    const token = this.#next();
    if (token?.type === 'text') return token.text;
    if (token?.type === 'number') return Number(token.text);
    switch (token?.type === 'word' ? token.text.toLowerCase() : '') {
      case 'true':
        return true;
      case 'false':
        return false;
      case 'null':
        return null;
      default:
        throw badQuery('a value is missing; text stands in double quotes');
    }
  }

  #next(): Token | undefined {
    const token = this.#tokens[this.#position];
    this.#position += 1;
    return token;
  }

  #takeWord(word: string): boolean {
    const token = this.#tokens[this.#position];
    if (token?.type !== 'word' || token.text.toLowerCase() !== word) return false;
    this.#position += 1;
    return true;
  }

  #takeSign(sign: string): boolean {
    const token = this.#tokens[this.#position];
    if (token?.type !== 'sign' || token.text !== sign) return false;
    this.#position += 1;
    return true;
  }
}

/** Whether a record passes. `valueOf` gives the value of a field that `parseFilter` was told of. */
export function passes(filter: Filter, valueOf: (field: string) => FieldValue): boolean {
  // Chains lean to the left and may be long: the left side is a loop and only parentheses recurse.
  const right: Filter[] = [];
  let left = filter;
  while (left.type !== 'compare') {
    right.push(left);
    left = left.left;
  }
  let passed = compare(left, valueOf(left.field));
  for (const step of right.toReversed()) {
    if (step.type === 'compare') continue;
    if (step.type === 'and' ? passed : !passed) passed = passes(step.right, valueOf);
  }
  return passed;
}

function compare(filter: Filter & { type: 'compare' }, value: FieldValue): boolean {
  const { operator, values } = filter;
  const [first = null] = values;
  switch (operator) {
    case '=':
      return equals(value, first);
    case '!=':
      return !equals(value, first);
    case '~':
      return contains(value, first);
    case '!~':
      return !contains(value, first);
    case 'in':
      return values.some((one) => equals(value, one));
    case 'not in':
      return !values.some((one) => equals(value, one));
    case '>':
      return order(value, first) > 0;
    case '>=':
      return order(value, first) >= 0;
    case '<':
      return order(value, first) < 0;
    case '<=':
      return order(value, first) <= 0;
  }
}

const equals = (value: FieldValue, wanted: Literal): boolean =>
  value instanceof Date
    ? typeof wanted === 'string' && value.getTime() === Date.parse(wanted)
    : value === wanted;

const contains = (value: FieldValue, wanted: Literal): boolean =>
  typeof value === 'string' && typeof wanted === 'string' && value.toLowerCase().includes(wanted);

/** Not a number where the two cannot be ordered, which is on no side of anything. */
function order(value: FieldValue, wanted: Literal): number {
  if (value instanceof Date) {
    return typeof wanted === 'string' ? value.getTime() - Date.parse(wanted) : Number.NaN;
  }
  if (typeof value === 'number' && typeof wanted === 'number') return value - wanted;
  if (typeof value === 'string' && typeof wanted === 'string') {
    return value < wanted ? -1 : value > wanted ? 1 : 0;
  }
  return Number.NaN;
}
