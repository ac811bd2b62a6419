import { isUtf8 } from 'node:buffer';
import { Problem } from '../problem.ts';

/** A secret from standard input, without the line end that `echo` puts behind it. */
export async function secretFromInput(what: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  const bytes = Buffer.concat(chunks);
  if (!isUtf8(bytes)) throw new Problem('invalid', `The ${what} on standard input is not text in UTF-8.`);
  const text = new TextDecoder().decode(bytes).replace(/\r?\n$/, '');
  if (text === '') throw new Problem('invalid', `Give the ${what} on standard input.`);
  return text;
}
