/** What Git says on standard error where it gives up a request, as a sentence for whoever made it. */
const REASONS: readonly (readonly [said: RegExp, sentence: string])[] = [
  [
    /no commits selected for shallow requests/,
    'The shallow request selects no commit: give an earlier date, or leave fewer refs out.',
  ],
  [
    /(?:ambiguous deepen-not|is not a ref)/,
    'The shallow request leaves out a ref that this repository does not have: name a branch or tag of it.',
  ],
];

/** Undefined for whatever is not known: what Git says may name paths of this machine. */
export const spokenReason = (stderr: string): string | undefined =>
  REASONS.find(([said]) => said.test(stderr))?.[1];
