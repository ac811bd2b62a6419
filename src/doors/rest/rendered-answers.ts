import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RecentlyUsed } from '../../recently-used.ts';
import { entityTag, isFresh } from './answer-headers.ts';

const MOST_BYTES = 8 * 1024 * 1024;
/** Of entries, of which each page has dozens. */
const MOST_ENTRY_BYTES = 4 * 1024 * 1024;

export interface RenderedAnswer {
  readonly body: Buffer;
  readonly tag: string;
}

const digests = new WeakMap<object, string>();

/** Stands among the parts for a large one that never changes. Its `content` is asked for once of each object. */
export function digestOf(part: object, content: () => string): string {
  let digest = digests.get(part);
  if (digest === undefined) {
    digest = createHash('sha256').update(content()).digest('base64url');
    digests.set(part, digest);
  }
  return digest;
}

/**
 * Answers that were rendered before, by all that they were rendered from: who asks for the same is admitted first, and
 * what is in the answer is looked at as ever, but it is put into words once.
 */
export class RenderedAnswers {
  readonly #answers = new RecentlyUsed<RenderedAnswer>(MOST_BYTES);

  /** @param parts everything that `render` makes the answer from */
  of(parts: unknown, render: () => string): RenderedAnswer {
    const key = JSON.stringify(parts);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const body = Buffer.from(render());
    const answer = { body, tag: entityTag(body) };
    this.#answers.set(key, answer, key.length + body.length);
    return answer;
  }
}

/**
 * Entries of lists that were rendered before, by all that they were rendered from: a page that was not asked for yet is
 * mostly of entries of another, as each push makes a history that is new by one commit.
 */
export class RenderedEntries {
  readonly #entries = new RecentlyUsed<string>(MOST_ENTRY_BYTES);

  /** @param parts everything that `render` makes the entry from, in words */
  of(parts: string, render: () => string): string {
    const known = this.#entries.get(parts);
    if (known !== undefined) return known;
    const entry = render();
    this.#entries.set(parts, entry, 2 * (parts.length + entry.length));
    return entry;
  }
}

/** Sends it, or 304 to whoever has it already; cut to the fields that were asked for, if any were. */
export function sendRendered(
  request: FastifyRequest,
  reply: FastifyReply,
  { body, tag }: RenderedAnswer,
): void {
  reply.type('application/json; charset=utf-8');
  // What is asked for in a body is no document of its address.
  const isDocument = request.method !== 'POST';
  if (isDocument) reply.header('etag', tag);
  const { fields } = request.query as { readonly fields?: unknown };
  // As text it passes the hook that cuts it.
  if (fields !== undefined) void reply.send(body.toString());
  else void reply.send(isDocument && isFresh(request, reply) ? '' : body);
}
