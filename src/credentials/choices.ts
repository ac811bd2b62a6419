import {
  ACCESS_TOKEN_KINDS,
  CATALOGUES,
  CREDENTIAL_KINDS,
  expandScopes,
  GRANULAR_SCOPES,
  granularLike,
  isGranularScope,
  isScope,
  kindWithArticle,
  lifetimeOf,
  mayHold,
  nearestScopes,
  RETIRED_SCOPES,
  type AnyScope,
  type GranularScope,
  type Lifetime,
  type Scope,
  type SecretKind,
} from '../gate/index.ts';
import { invalid } from '../problem.ts';
import { DAY_MS } from './ledger.ts';

const LABEL_LENGTH = 100;
const LABEL_FORM = /^[^\p{C}]+$/u;

/**
 * The scopes asked for, each once, in the order of asking. Throws `Problem` for none, for an unknown one (with the
 * nearest names), for a retired one, for one of the other catalogue (with what is like it in this one), and for one that
 * this kind of credential cannot carry.
 */
export function chooseScopes(kind: SecretKind, asked: readonly string[]): readonly AnyScope[] {
  if (asked.length === 0)
    throw invalid('scopes', 'Choose at least one scope: a credential without scopes opens nothing.');
  const choose = CREDENTIAL_KINDS[kind].scopes === 'granular' ? chooseGranular : chooseClassic;
  return [...new Set(asked)].map((name) => choose(kind, name));
}

function chooseClassic(kind: SecretKind, name: string): Scope {
  const retired = Object.hasOwn(RETIRED_SCOPES, name) ? RETIRED_SCOPES[name] : undefined;
  if (retired !== undefined) throw invalid('scopes', `${retired}.`);
  if (isGranularScope(name)) {
    throw invalid(
      'scopes',
      `${name} is a granular scope, and ${kindWithArticle(kind)} holds classic ones: choose ${GRANULAR_SCOPES[name].like.join(' or ')}.`,
    );
  }
  if (!isScope(name)) throw invalid('scopes', unknownScope(kind, name));
  if (!mayHold(kind, name)) {
    const other = ACCESS_TOKEN_KINDS.find((each) => mayHold(each, name));
    throw invalid(
      'scopes',
      `A ${CREDENTIAL_KINDS[kind].title} cannot carry ${name}: it belongs to ${other === undefined ? 'an account' : `a ${CREDENTIAL_KINDS[other].title}, or to an account`}.`,
    );
  }
  return name;
}

/** Contained in no other granular scope, while classic ones that write contain reading. */
const READING: GranularScope = 'read:repository:bitbucket';

function chooseGranular(kind: SecretKind, name: string): GranularScope {
  if (isGranularScope(name)) return name;
  if (!isScope(name)) throw invalid('scopes', unknownScope(kind, name));
  const like = granularLike(name);
  const clones = !like.includes(READING) && expandScopes([name]).has('repository');
  throw invalid(
    'scopes',
    like.length === 0
      ? `${name} is a classic scope without a counterpart among the granular ones, which are all that ${kindWithArticle(kind)} holds: create an app password for it.`
      : `${name} is a classic scope, and ${kindWithArticle(kind)} holds granular ones: choose ${like.join(' or ')}${clones ? `, and ${READING} as well where it has to clone` : ''}.`,
  );
}

function unknownScope(kind: SecretKind, name: string): string {
  const all: readonly AnyScope[] = CATALOGUES[CREDENTIAL_KINDS[kind].scopes];
  const shown = JSON.stringify(name.slice(0, 64));
  const isOfWikis = name.split(':').includes('wiki');
  if (isOfWikis && !all.includes('wiki'))
    return `There is no scope ${shown}: ${kindWithArticle(kind)} holds none for wikis. Create an app password or an access token with wiki.`;
  const nearest = isOfWikis ? ['wiki'] : nearestScopes(name, all);
  return nearest.length === 0
    ? `There is no scope ${shown}. The scopes are: ${all.join(', ')}.`
    : `There is no scope ${shown}. Did you mean ${nearest.join(' or ')}?`;
}

const MOST_OVERLAP_DAYS = 30;

/** For how many days what was replaced goes on working. Throws `Problem` for what is no number from 0 to 30. */
export function chooseOverlap(days: number): number {
  if (!Number.isInteger(days) || days < 0 || days > MOST_OVERLAP_DAYS)
    throw invalid('overlap_days', `The overlap is a whole number of days from 0 to ${MOST_OVERLAP_DAYS}.`);
  return days;
}

/** A label for people, trimmed. Throws `Problem` when it is empty, too long or carries control characters. */
export function chooseLabel(label: string): string {
  const chosen = label.trim().normalize('NFC');
  if (chosen === '') throw invalid('label', 'Give it a label that says what will use it.');
  if (chosen.length > LABEL_LENGTH)
    throw invalid('label', `The label may have at most ${LABEL_LENGTH} characters.`);
  if (!LABEL_FORM.test(chosen))
    throw invalid('label', 'The label may not contain control characters or line breaks.');
  return chosen;
}

/** A first moment in milliseconds. Throws `Problem` when it does not lie before the expiry. */
export function chooseNotBefore(notBefore: number | null, expiresAt: number | null): number | null {
  if (notBefore === null) return null;
  if (!Number.isSafeInteger(notBefore))
    throw invalid('not-before', 'Give the first moment as a date, such as 2027-03-31.');
  if (expiresAt !== null && notBefore >= expiresAt) {
    throw invalid('not-before', 'The first moment must lie before the expiry.');
  }
  return notBefore;
}

/** An expiry in milliseconds. Throws `Problem` when it has passed, or when none is given and one is demanded. */
export function chooseExpiry(expiresAt: number | null, now: number, mayLiveForever: boolean): number | null {
  if (expiresAt === null) {
    if (mayLiveForever) return null;
    throw invalid('expires', 'This workspace demands an expiry date: choose one.');
  }
  if (!Number.isSafeInteger(expiresAt))
    throw invalid('expires', 'Give the expiry as a date, such as 2027-03-31.');
  if (expiresAt <= now) throw invalid('expires', 'The expiry must lie in the future.');
  return expiresAt;
}

/**
 * The expiry of a kind of credential: of one that always ends (`lifetime`) a moment within its lifetime, the usual one where
 * none is given. Throws `Problem` as `chooseExpiry` does, and for a moment that is too near or too far away.
 */
export function chooseExpiryOf(
  kind: SecretKind,
  expiresAt: number | null,
  now: number,
  mayLiveForever: boolean,
): number | null {
  const lifetime = lifetimeOf(kind);
  return lifetime === undefined
    ? chooseExpiry(expiresAt, now, mayLiveForever)
    : withinLifetime(kind, lifetime, expiresAt ?? now + lifetime.usualDays * DAY_MS, now);
}

function withinLifetime(
  kind: SecretKind,
  { leastDays, mostDays }: Lifetime,
  at: number,
  now: number,
): number {
  const [first, last] = [now + leastDays * DAY_MS, now + mostDays * DAY_MS];
  if (Number.isSafeInteger(at) && at >= first && at <= last) return at;
  // A day means its end, which has to lie within as well.
  const [from, to] = [first, last - DAY_MS].map((edge) => new Date(edge).toISOString().slice(0, 10));
  throw invalid(
    'expires',
    `${CREDENTIAL_KINDS[kind].title.replace(/^./, (letter) => letter.toUpperCase())}s always end, after a day at least and a year at most: choose an expiry between ${from} and ${to}.`,
  );
}
