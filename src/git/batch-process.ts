import { ObjectNotFound, ObjectUnreadable } from './object-error.ts';
import { assertObjectId } from './object-id.ts';
import { endGit, gitEnd, streamGit } from './process.ts';
import type { RepositoryHandle } from './handle.ts';
import type { ObjectId } from './object-id.ts';
import type { GitChild } from './process.ts';

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';
export type ObjectInfo = { readonly id: ObjectId; readonly type: ObjectType; readonly size: number };
export type BatchAnswer = ObjectInfo & { readonly bytes: Buffer };

type Request = {
  readonly verb: 'info' | 'contents';
  readonly id: ObjectId;
  readonly mostBytes: number;
  readonly resolve: (answer: BatchAnswer) => void;
  readonly reject: (error: Error) => void;
};

const objectTypes: ReadonlySet<string> = new Set(['commit', 'tree', 'blob', 'tag']);
const empty = Buffer.alloc(0);

/** The process ended before it answered; nothing is known about the object. */
export class BatchProcessEnded extends Error {
  override readonly name = 'BatchProcessEnded';
  /** Whether this request was the one being answered, and so may have been the cause. */
  readonly first: boolean;

  constructor(first: boolean, said: string) {
    super(`git cat-file ended while objects were read${said ? `: ${said}` : ''}`);
    this.first = first;
  }
}

/**
 * One kept `git cat-file --batch-command`: answers come in the order of the requests, git-cat-file(1) "BATCH OUTPUT".
 * Only full object ids are ever written to it: a newline in anything else would make two requests of one, and hand
 * one user's answer to another. Without `--buffer` every answer is flushed at once.
 */
export class BatchProcess {
  readonly #child: GitChild;
  readonly #queue: Request[] = [];
  #header = empty;
  #info: ObjectInfo | undefined;
  #body: Buffer[] = [];
  #missing = 0;
  #closed = false;

  constructor(handle: RepositoryHandle, env: Readonly<Record<string, string>> = {}) {
    this.#child = streamGit(handle, ['cat-file', '--batch-command'], { env });
    this.#child.stdout.on('data', (chunk: Buffer) => this.#receive(chunk));
    const end = gitEnd(this.#child);
    const failed = (error: unknown) => this.#fail(String(error));
    end.catch(failed);
    // Answers may still stand in the pipe when the process has ended: only a closed pipe has no more of them.
    this.#child.stdout.once('close', () => void end.then(({ stderr }) => this.#fail(stderr.trim()), failed));
  }

  get usable(): boolean {
    return !this.#closed;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /**
   * Of contents, the first `mostBytes` are kept; what follows them is read and let go.
   * @throws ObjectNotFound, or BatchProcessEnded after which another process may be asked
   */
  ask(
    verb: 'info' | 'contents',
    id: ObjectId,
    mostBytes: number = Number.POSITIVE_INFINITY,
  ): Promise<BatchAnswer> {
    assertObjectId(id);
    if (this.#closed) return Promise.reject(new BatchProcessEnded(false, ''));
    return new Promise((resolve, reject) => {
      this.#queue.push({ verb, id, mostBytes, resolve, reject });
      this.#child.stdin.write(`${verb} ${id}\n`);
    });
  }

  /** Lets the requests that wait be answered, then the process ends by itself. */
  close(): void {
    this.#closed = true;
    this.#child.stdin.end();
  }

  #receive(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      rest = this.#info ? this.#takeBody(this.#info, rest) : this.#takeHeader(rest);
    }
  }

  #takeHeader(chunk: Buffer): Buffer {
    const newline = chunk.indexOf(0x0a);
    if (newline === -1) {
      this.#header = Buffer.concat([this.#header, chunk]);
      return empty;
    }
    const line = Buffer.concat([this.#header, chunk.subarray(0, newline)]).toString('latin1');
    this.#header = empty;
    this.#answerHeader(line);
    return chunk.subarray(newline + 1);
  }

  #answerHeader(line: string): void {
    const request = this.#queue[0];
    const [id = '', type = '', size = ''] = line.split(' ');
    if (!request || id !== request.id) return this.#desynchronised(line);
    if (type === 'missing') {
      this.#queue.shift();
      return request.reject(new ObjectNotFound(request.id));
    }
    if (!isObjectType(type) || !/^\d+$/.test(size)) return this.#desynchronised(line);
    const info: ObjectInfo = { id, type, size: Number(size) };
    if (request.verb === 'info') {
      this.#queue.shift();
      return request.resolve({ ...info, bytes: empty });
    }
    this.#info = info;
    this.#missing = info.size + 1;
  }

  #takeBody(info: ObjectInfo, chunk: Buffer): Buffer {
    const part = chunk.subarray(0, this.#missing);
    const room = (this.#queue[0]?.mostBytes ?? 0) - (info.size + 1 - this.#missing);
    if (room > 0) this.#body.push(part.subarray(0, room));
    this.#missing -= part.length;
    if (this.#missing === 0) {
      const bytes = Buffer.concat(this.#body).subarray(0, info.size);
      this.#body = [];
      this.#info = undefined;
      this.#queue.shift()?.resolve({ ...info, bytes });
    }
    return chunk.subarray(part.length);
  }

  /** An answer that belongs to no question: nobody gets anything from this process any more. */
  #desynchronised(line: string): void {
    this.#fail(`it answered ${JSON.stringify(line.slice(0, 100))}`);
    endGit(this.#child);
  }

  #fail(said: string): void {
    this.#closed = true;
    const left = this.#queue.splice(0);
    for (const [index, request] of left.entries()) request.reject(new BatchProcessEnded(index === 0, said));
  }
}

/** What a request becomes that two processes in a row ended on. */
export function unreadable(id: ObjectId, cause: BatchProcessEnded): ObjectUnreadable {
  return new ObjectUnreadable(`Object ${id} could not be read.`, { cause });
}

function isObjectType(text: string): text is ObjectType {
  return objectTypes.has(text);
}
