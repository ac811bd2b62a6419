import {
  ACCESS_TOKEN_KINDS,
  CREDENTIAL_KINDS,
  isScope,
  mayHold,
  nearestScopes,
  RETIRED_SCOPES,
  SCOPES,
  type SecretKind,
  type Scope,
} from '../gate/index.ts';
import { invalid } from '../problem.ts';

const LABEL_LENGTH = 100;
const LABEL_FORM = /^[^\p{C}]+$/u;

/**
 * The scopes asked for, each once, in the order of asking. Throws `Problem` for none, for an unknown one (with the
 * nearest names), for a retired one, and for one that this kind of credential cannot carry.
 */
export function chooseScopes(kind: SecretKind, asked: readonly string[]): readonly Scope[] {
  if (asked.length === 0)
    throw invalid('scopes', 'Choose at least one scope: a credential without scopes opens nothing.');
  return [...new Set(asked)].map((name) => {
    const retired = Object.hasOwn(RETIRED_SCOPES, name) ? RETIRED_SCOPES[name] : undefined;
    if (retired !== undefined) throw invalid('scopes', `${retired}.`);
    if (!isScope(name)) throw invalid('scopes', unknownScope(name));
    if (!mayHold(kind, name)) {
      const other = ACCESS_TOKEN_KINDS.find((each) => mayHold(each, name));
      throw invalid(
        'scopes',
        `A ${CREDENTIAL_KINDS[kind].title} cannot carry ${name}: it belongs to ${other === undefined ? 'an account' : `a ${CREDENTIAL_KINDS[other].title}, or to an account`}.`,
      );
    }
    return name;
  });
}

function unknownScope(name: string): string {
  const nearest = nearestScopes(name);
  const shown = JSON.stringify(name.slice(0, 64));
  return nearest.length === 0
    ? `There is no scope ${shown}. The scopes are: ${Object.keys(SCOPES).join(', ')}.`
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
