const FEW = 4;

/** "a, b, c, d and 12 more": what may be many and stands within a line. @param inAll how many there are, where only the first were read */
export const firstFew = (words: readonly string[], inAll = words.length): string =>
  `${words.slice(0, FEW).join(', ')}${inAll > FEW ? ` and ${inAll - FEW} more` : ''}`;
