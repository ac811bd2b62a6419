import { ObjectNotFound, ObjectTooLarge, ObjectUnreadable } from '../object-error.ts';
import { NotPlain } from './not-plain.ts';
import type { BatchAnswer, ObjectInfo, ObjectType } from '../batch-process.ts';
import type { RepositoryHandle } from '../handle.ts';
import type { ObjectReader } from '../object-reader.ts';

/** So many questions at a time go to the kept process: it answers others of the same repository in between. */
const AT_ONCE = 512;
const DEEPEST = 50;
const LARGEST_TAG_BYTES = 1024 * 1024;

/**
 * What the objects that refs lead to are. An object never changes, so each is asked for once as long as a ref names it.
 * Git leaves out refs whose object is missing; where one is, we leave the answer to Git (`NotPlain`), which sees at once
 * when it is back.
 */
export class KnownObjects {
  readonly #handle: RepositoryHandle;
  readonly #reader: ObjectReader;
  #types = new Map<string, ObjectType>();
  #peeled = new Map<string, string>();

  constructor(handle: RepositoryHandle, reader: ObjectReader) {
    this.#handle = handle;
    this.#reader = reader;
  }

  /** Makes sure that these objects are there, and forgets every other one. Throws `NotPlain`. */
  async renew(ids: ReadonlySet<string>): Promise<void> {
    const types = new Map<string, ObjectType>();
    let asked: Promise<void>[] = [];
    for (const id of ids) {
      const type = this.#types.get(id);
      if (type !== undefined) types.set(id, type);
      else asked.push(this.#info(id).then((info) => void types.set(id, info.type)));
      if (asked.length === AT_ONCE) {
        await Promise.all(asked);
        asked = [];
      }
    }
    await Promise.all(asked);
    this.#types = types;
    for (const id of this.#peeled.keys()) if (!ids.has(id)) this.#peeled.delete(id);
  }

  /** Of an object that was renewed last. */
  typeOf(id: string): ObjectType {
    const type = this.#types.get(id);
    if (type === undefined) throw new Error(`Nobody asked for ${id}.`);
    return type;
  }

  /** What an annotated tag leads to; null for every other object. Throws `NotPlain`. */
  async peel(id: string): Promise<string | null> {
    if (this.#types.get(id) !== 'tag') return null;
    const known = this.#peeled.get(id);
    if (known !== undefined) return known;
    let current = id;
    for (let depth = 0; depth < DEEPEST; depth += 1) {
      const { bytes } = await this.#contents(current);
      const [object, claimed] = taggedBy(bytes);
      const { type } = await this.#info(object);
      if (type !== claimed) throw new NotPlain('A tag is wrong about what it tags.');
      if (type !== 'tag') {
        this.#peeled.set(id, object);
        return object;
      }
      current = object;
    }
    throw new NotPlain('A tag leads to too many others.');
  }

  #info(id: string): Promise<ObjectInfo> {
    return notPlain(this.#reader.objectInfo(this.#handle, id));
  }

  #contents(id: string): Promise<BatchAnswer> {
    return notPlain(this.#reader.readObject(this.#handle, id, LARGEST_TAG_BYTES));
  }
}

async function notPlain<Result>(question: Promise<Result>): Promise<Result> {
  try {
    return await question;
  } catch (error) {
    const isAnswer =
      error instanceof ObjectNotFound || error instanceof ObjectTooLarge || error instanceof ObjectUnreadable;
    throw isAnswer ? new NotPlain(error.message) : error;
  }
}

/** As Git reads a tag: git-mktag(1). */
function taggedBy(tag: Buffer): readonly [id: string, type: string] {
  const head = tag.toString('latin1', 0, 256);
  const [, id, type] =
    /^object ([0-9a-f]{40}(?:[0-9a-f]{24})?)\ntype (commit|tree|blob|tag)\ntag /.exec(head) ?? [];
  if (id === undefined || type === undefined) throw new NotPlain('A tag does not begin as tags do.');
  return [id, type];
}
