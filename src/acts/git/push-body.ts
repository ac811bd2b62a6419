import { CommandListParser, MalformedRequest, type CommandList } from '../../git/command-list.ts';
import { Problem } from '../../problem.ts';
import { unreadable } from './serve.ts';

/** Reads the list that a push begins with, and no more than comes with it. Throws `Problem` for a body that is no push. */
export async function readCommandList(
  chunks: AsyncIterator<Buffer>,
): Promise<{ readonly list: CommandList; readonly parser: CommandListParser }> {
  const parser = new CommandListParser();
  try {
    for (;;) {
      const { value, done } = await chunks.next();
      const list = done === true ? parser.end() : parser.push(value);
      if (list !== undefined) return { list, parser };
    }
  } catch (error) {
    throw error instanceof MalformedRequest ? new Problem('invalid', error.message) : unreadable(error);
  }
}

/** Reads what is left of a body and throws it away: a client that is still sending reads no answer before. */
export async function discard(chunks: AsyncIterator<Buffer>): Promise<void> {
  try {
    while ((await chunks.next()).done !== true);
  } catch {
    // Nobody is left to read the answer.
  }
}

/** A body whose first bytes were read already, whole again. */
export async function* wholeBody(
  first: readonly Buffer[],
  chunks: AsyncIterator<Buffer>,
): AsyncGenerator<Buffer> {
  yield* first.filter(({ length }) => length > 0);
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
}
