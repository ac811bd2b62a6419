import { giveBuffer, takeBuffer } from './buffers.ts';

/** So many stay in memory that nobody holds, over all answers: who is a little behind finds them. */
const LEFT = 8;
const left = new Set<Piece>();

interface Piece {
  readonly buffer: Buffer;
  /** Whether it came whole and intact. */
  readonly isGood: Promise<boolean>;
  readonly forget: () => void;
  holders: number;
}

/** A piece that somebody holds: its bytes stay as they are until it is let go. */
export interface HeldPiece {
  readonly bytes: Buffer;
  letGo(): void;
}

/**
 * The pieces of one kept answer that lie in memory, because somebody sends them or just did. Of those who read one answer
 * at the same time, as the jobs of one push do, the first reads the file; the others are where it is, or catch up with it.
 */
export class Pieces {
  readonly #pieces = new Map<string, Piece>();

  /**
   * The bytes from `position` on, by `read` where they do not lie here: it fills the buffer, and says whether what came is
   * good. Undefined where it is not. Throws what `read` throws.
   *
   * @param length at most `room`, the length of the buffers
   */
  async hold(
    { position, length, room }: { readonly position: number; readonly length: number; readonly room: number },
    read: (bytes: Buffer) => Promise<boolean>,
  ): Promise<HeldPiece | undefined> {
    const name = `${position} ${length}`;
    for (;;) {
      const known = this.#pieces.get(name);
      const piece = known ?? this.#begin(name, room, (buffer) => read(buffer.subarray(0, length)));
      piece.holders += 1;
      left.delete(piece);
      try {
        if (await piece.isGood) return { bytes: piece.buffer.subarray(0, length), letGo: () => letGo(piece) };
      } catch (error) {
        // Whoever read for us may have closed their file, because their client is gone.
        if (known === undefined) throw error;
        continue;
      }
      return undefined;
    }
  }

  #begin(name: string, room: number, read: (buffer: Buffer) => Promise<boolean>): Piece {
    const buffer = takeBuffer(room);
    const forget = (): void => {
      if (this.#pieces.get(name) === piece) this.#pieces.delete(name);
    };
    const isGood = read(buffer).then(
      (good) => {
        if (!good) forget();
        return good;
      },
      (error: unknown) => {
        forget();
        throw error;
      },
    );
    const piece: Piece = { buffer, isGood, forget, holders: 0 };
    this.#pieces.set(name, piece);
    return piece;
  }
}

function letGo(piece: Piece): void {
  piece.holders -= 1;
  if (piece.holders > 0) return;
  left.add(piece);
  for (const oldest of left) {
    if (left.size <= LEFT) break;
    left.delete(oldest);
    oldest.forget();
    giveBuffer(oldest.buffer);
  }
}
