const SHOWN = 140;

/** What a list shows of a description: its first line, shortened. */
export function firstLine(text: string): string {
  const [line = ''] = text.trim().split('\n', 1);
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}
