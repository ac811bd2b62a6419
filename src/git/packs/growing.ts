import type { FileHandle } from 'node:fs/promises';
import { giveBuffer, takeBuffer } from './buffers.ts';
import { PacketScan } from './packet-scan.ts';

/** Git answered nothing at all. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly stderr: string;

  constructor(stderr: string) {
    super('Git did not answer a request.');
    this.stderr = stderr;
  }
}

/** How an answer that was being made has ended. */
export interface AnswerEnd {
  readonly length: number;
  /** Null where Git ended well; otherwise why the answer is not whole, as a sentence. */
  readonly failure: string | null;
  /** What Git said besides, where it is known. */
  readonly stderr?: string;
}

/** An answer that is being made, by this process or another. */
export interface GrowingAnswer {
  readonly file: FileHandle;
  readonly ended: AnswerEnd | undefined;
  /** How it has ended by now. */
  lookForEnd(): Promise<AnswerEnd | undefined>;
  /** Resolves when there may be more to read, or the end. */
  changed(): Promise<void>;
}

/**
 * The bytes of an answer while it grows, packet by packet: what breaks off ends with a sentence that Git shows. A chunk is
 * good until the next one is asked for. Throws the reason of the signal, and `NoAnswer`.
 */
export async function* follow(answer: GrowingAnswer, signal: AbortSignal): AsyncGenerator<Buffer> {
  const scan = new PacketScan();
  const buffer = takeBuffer();
  try {
    let position = 0;
    for (;;) {
      signal.throwIfAborted();
      const end = answer.ended;
      const most = Math.min(buffer.length, (end?.length ?? Infinity) - position);
      const read = most > 0 ? (await answer.file.read(buffer, 0, most, position)).bytesRead : 0;
      // An answer that ended meanwhile may have been sealed as well, behind its last byte.
      const now = end ?? (await answer.lookForEnd());
      const bytesRead = Math.min(read, (now?.length ?? Infinity) - position);
      const whole = scan.whole(buffer, bytesRead);
      // The end of a whole answer is as Git made it.
      const sent = whole === 0 && end !== undefined && end.failure === null ? bytesRead : whole;
      if (sent > 0) {
        position += sent;
        yield buffer.subarray(0, sent);
      } else if (end === undefined) {
        if (now === undefined) await answer.changed();
      } else {
        if (position === 0 && end.stderr !== undefined) throw new NoAnswer(end.stderr);
        if (end.failure !== null) yield scan.failure(end.failure);
        return;
      }
    }
  } finally {
    giveBuffer(buffer);
  }
}
