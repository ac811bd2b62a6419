import { compilePattern, matchesPattern, patternProblem } from '../gate/index.ts';
import { invalid } from '../problem.ts';
import { claimText, plainName, type Claims } from './claims.ts';

/** What one claim of a token must be. */
export interface Condition {
  /** A claim at the top by its name, or a JSON Pointer, which begins with `/`. */
  readonly claim: string;
  /** The text itself; with a `*`, any run of characters between two slashes. */
  readonly pattern: string;
}

const MOST_CONDITIONS = 20;
const LONGEST_CLAIM = 200;
const LONGEST_PATTERN = 500;
const LONGEST_AUDIENCE = 500;
/** Between two slashes: each more makes all of a long claim looked at again. */
const MOST_STARS = 3;
/** No name of a branch, a tag or a project is longer; a longer text is matched by no `*`. */
const LONGEST_MATCHED = 300;
/** What an audience, an issuer and a condition are written with: nothing that cannot be seen. */
const VISIBLE = /^[^\p{C}\p{Zl}\p{Zp}]+$/u;
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/u;
/** Judged by themselves, for every policy. */
export const JUDGED_ELSEWHERE: readonly string[] = ['iss', 'aud', 'exp', 'nbf', 'iat', 'jti'];

/** Whether it is one text, and no pattern of them. */
export const isExact = ({ pattern }: Condition): boolean => !pattern.includes('*');

/** Whether a claim is as the condition has it. */
export function holds(condition: Condition, claims: Claims): boolean {
  const text = claimText(claims, condition.claim);
  if (text === undefined) return false;
  if (isExact(condition)) return text === condition.pattern;
  if (text.length > LONGEST_MATCHED) return false;
  // What cannot be seen is matched by no `*`: it would be written down, and shown, for something else.
  return !UNSEEN.test(text) && matchesPattern(compilePattern(condition.pattern), text);
}

/**
 * Conditions as a policy may have them. Throws `Problem` for what would let in more than one who wrote it means: no exact
 * condition on a claim that is never given to anybody else, a pattern that is a wildcard alone, one on the joined texts of `sub`.
 *
 * @param immutableClaims those of the issuer
 */
export function chooseConditions(
  wanted: readonly Condition[],
  immutableClaims: readonly string[],
): readonly Condition[] {
  const conditions = wanted.map(({ claim, pattern }) => ({
    claim: plainName(claim),
    pattern: pattern.trim(),
  }));
  if (conditions.length > MOST_CONDITIONS)
    throw invalid('conditions', `A trust policy has at most ${MOST_CONDITIONS} conditions.`);
  for (const condition of conditions) refuseWrong(condition);
  const twice = conditions.find(({ claim }, at) => conditions.findIndex((each) => each.claim === claim) < at);
  if (twice !== undefined)
    throw invalid(
      'conditions',
      `The claim ${twice.claim} has two conditions, and a token would have to meet both: leave one of them.`,
    );
  if (!conditions.some((each) => isExact(each) && immutableClaims.includes(each.claim))) {
    throw invalid(
      'conditions',
      `Names can be given up and taken by somebody else: add a condition on ${immutableClaims.join(' or ')} without a "*", which of this issuer are never given away.`,
    );
  }
  return conditions;
}

function refuseWrong({ claim, pattern }: Condition): void {
  const shown = JSON.stringify(claim.slice(0, 64));
  if (claim === '' || claim.length > LONGEST_CLAIM || !VISIBLE.test(claim))
    throw invalid(
      'conditions',
      `Name a claim, such as repository_id or /kubernetes.io/namespace, in at most ${LONGEST_CLAIM} characters.`,
    );
  if (JUDGED_ELSEWHERE.includes(claim))
    throw invalid(
      'conditions',
      claim === 'aud'
        ? 'The audience has a field of its own: leave aud out of the conditions.'
        : `${shown} is judged for every token: leave it out of the conditions.`,
    );
  if (pattern === '' || pattern.length > LONGEST_PATTERN || !VISIBLE.test(pattern))
    throw invalid(
      'conditions',
      `Say what the claim ${shown} must be, in at most ${LONGEST_PATTERN} characters: write ${shown}=TEXT.`,
    );
  if (!pattern.includes('*')) return;
  if (/^[*/]+$/.test(pattern))
    throw invalid(
      'conditions',
      `${JSON.stringify(pattern)} for the claim ${shown} says nothing, since anything matches it: write what it must be, or leave the condition out.`,
    );
  if (pattern.split('/').some((segment) => segment.split('*').length - 1 > MOST_STARS))
    throw invalid(
      'conditions',
      `The pattern ${JSON.stringify(pattern)} for the claim ${shown} has more than ${MOST_STARS} "*" between two slashes: write more of it.`,
    );
  if (claim === 'sub')
    throw invalid(
      'conditions',
      'In sub several names are joined, and a "*" in it would match what others chose: name the claims that it is made of, or write all of it.',
    );
  const problem = patternProblem(pattern);
  if (problem !== undefined)
    throw invalid(
      'conditions',
      `The pattern ${JSON.stringify(pattern)} for the claim ${shown} cannot be used: ${problem}.`,
    );
}

/** `claim=pattern`, as on a command line or a line of a form. Throws `Problem`. */
export function readCondition(text: string): Condition {
  const at = text.indexOf('=');
  if (at < 1)
    throw invalid(
      'conditions',
      `Write a condition as CLAIM=TEXT, such as repository_id=123456789; ${JSON.stringify(text.slice(0, 64))} is not of that form.`,
    );
  return { claim: text.slice(0, at).trim(), pattern: text.slice(at + 1).trim() };
}

export const conditionText = ({ claim, pattern }: Condition): string => `${claim}=${pattern}`;

/** For whom a token must be made: one text, compared exactly. Throws `Problem`. */
export function chooseAudience(text: string): string {
  const audience = text.trim();
  if (audience === '' || audience.length > LONGEST_AUDIENCE || !VISIBLE.test(audience))
    throw invalid(
      'audience',
      `Say for which audience the tokens are made, such as the address of this host, in at most ${LONGEST_AUDIENCE} characters.`,
    );
  if (audience.includes('*'))
    throw invalid(
      'audience',
      'The audience is compared exactly: write it without a "*", or a token that was made for another service would be good here.',
    );
  return audience;
}
