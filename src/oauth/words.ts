/** The words of a space-separated list, each once (RFC 6749 §3.3). */
export const words = (text: string): readonly string[] => [
  ...new Set(text.split(' ').filter((word) => word !== '')),
];
