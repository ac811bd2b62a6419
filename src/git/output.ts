import { Readable } from 'node:stream';
import { endGit, gitEnd, type GitChild, type GitEnd } from './process.ts';

/**
 * What a process prints, as a stream. Destroying it ends the process, also while nothing has been printed yet.
 *
 * @param failed the error with which the stream ends where the process did not end well
 */
export function outputOf(child: GitChild, failed: (end: GitEnd) => Error): Readable {
  const { stdout } = child;
  const stream = new Readable({
    highWaterMark: 64 * 1024,
    read: () => void stdout.resume(),
    destroy(error, done) {
      endGit(child);
      // Of what nobody reads any more the end never comes: it would stay open with what is left in it.
      stdout.destroy();
      done(error);
    },
  });
  const end = async (): Promise<void> => {
    const ended = await gitEnd(child);
    // It was given up, and did not fail.
    if (stream.destroyed) return;
    if (ended.code !== 0) throw failed(ended);
    stream.push(null);
  };
  stdout.on('data', (chunk: Buffer) => {
    if (!stream.push(chunk)) stdout.pause();
  });
  stdout.once('close', () => void end().catch((error: Error) => stream.destroy(error)));
  return stream;
}
