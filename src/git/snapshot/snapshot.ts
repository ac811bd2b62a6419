import { createHash } from 'node:crypto';
import type { ObjectType } from '../batch-process.ts';
import type { ObjectFormat } from '../object-id.ts';

/** One ref that leads to an object which is there. Names are bytes as Latin-1. */
export interface SnapshotRef {
  readonly name: string;
  readonly id: string;
  /** Of the object of this id. */
  readonly type: ObjectType;
  /** What Git says that its annotated tag leads to, through tags of tags; null where Git says nothing. */
  readonly peeled: string | null;
  /** The ref that this one is only another name for, at the end of the chain. */
  readonly symbolic: string | null;
}

export interface SnapshotHead {
  /** What HEAD names, at the end of the chain; null where it holds an id. */
  readonly symbolic: string | null;
  /** Null where the branch does not exist (yet). */
  readonly id: string | null;
  readonly peeled: string | null;
}

/** Answers that are larger are made anew for everybody who asks. */
const LARGEST_KEPT = 4 * 1024 * 1024;
const MOST_KEPT = 16;
const BYTES_PER_REF = 256;

/** The refs of a repository as they were at one moment, in the order of their names' bytes, as Git lists them. */
export class RefSnapshot {
  readonly format: ObjectFormat;
  readonly head: SnapshotHead;
  readonly refs: readonly SnapshotRef[];
  /** Objects are borrowed from another repository, whose refs a push is told of. */
  readonly hasAlternates: boolean;
  readonly #answers = new Map<string, Buffer>();
  readonly #making = new Map<string, Promise<Buffer>>();
  #answerBytes = 0;
  #tagsDigest: string | undefined;

  constructor(data: Pick<RefSnapshot, 'format' | 'head' | 'refs' | 'hasAlternates'>) {
    this.format = data.format;
    this.head = data.head;
    this.refs = data.refs;
    this.hasAlternates = data.hasAlternates;
  }

  /** A digest of every tag with its value: what an answer to `fetch` depends on where `include-tag` was asked. */
  get tagsDigest(): string {
    if (this.#tagsDigest === undefined) {
      const hash = createHash('sha256');
      for (const { name, id, peeled } of this.range('refs/tags/'))
        hash.update(`${id} ${name} ${peeled ?? ''}\n`);
      this.#tagsDigest = hash.digest('hex');
    }
    return this.#tagsDigest;
  }

  /** The refs whose names begin with a prefix. */
  range(prefix: string): readonly SnapshotRef[] {
    const [start, end] = this.rangeOf(prefix);
    return this.refs.slice(start, end);
  }

  /** Where the names that begin with a prefix begin and end in `refs`. */
  rangeOf(prefix: string): readonly [start: number, end: number] {
    const start = this.#first((name) => name >= prefix);
    const end = this.#first((name) => name >= prefix && !name.startsWith(prefix));
    return [start, end];
  }

  /** The ref of exactly this name. */
  find(name: string): SnapshotRef | undefined {
    const found = this.refs[this.#first((other) => other >= name)];
    return found?.name === name ? found : undefined;
  }

  /** An answer that was made from these refs before, or `make` now; of those who ask at once, one makes it. */
  answer(question: string, make: () => Promise<Buffer>): Promise<Buffer> {
    const known = this.#answers.get(question) ?? this.#making.get(question);
    if (known !== undefined) return Promise.resolve(known);
    const making = make();
    this.#making.set(question, making);
    const done = () => this.#making.delete(question);
    making
      .then(
        (answer) => this.#keep(question, answer),
        () => {},
      )
      .finally(done);
    return making;
  }

  #keep(question: string, answer: Buffer): void {
    const size = question.length + answer.length;
    if (size > LARGEST_KEPT) return;
    this.#answers.set(question, answer);
    this.#answerBytes += size;
    for (const [oldest, kept] of this.#answers) {
      if (this.#answers.size <= MOST_KEPT && this.#answerBytes <= LARGEST_KEPT) break;
      this.#answers.delete(oldest);
      this.#answerBytes -= kept.length + oldest.length;
    }
  }

  /** About as many bytes of memory as it takes. */
  get weight(): number {
    return this.refs.length * BYTES_PER_REF + this.#answerBytes;
  }

  /** The first index whose name is so; names before it are not. */
  #first(isSo: (name: string) => boolean): number {
    let low = 0;
    let high = this.refs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isSo(this.refs[middle]?.name ?? '')) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
