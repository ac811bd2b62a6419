/** A text of at most so many characters, with a sign where it was cut; never in the middle of a pair. */
export function shortened(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const isPair = (text.codePointAt(longest - 1) ?? 0) > 0xffff;
  return `${text.slice(0, isPair ? longest - 1 : longest)}…`;
}
