const FEW = 4;

/** "a, b, c, d and 12 more": what may be many and stands within a line. */
export const firstFew = (words: readonly string[]): string =>
  `${words.slice(0, FEW).join(', ')}${words.length > FEW ? ` and ${words.length - FEW} more` : ''}`;
