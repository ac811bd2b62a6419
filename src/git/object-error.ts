import type { ObjectId } from './object-id.ts';

/** The repository does not hold the object. */
export class ObjectNotFound extends Error {
  override readonly name = 'ObjectNotFound';
  readonly id: ObjectId;

  constructor(id: ObjectId) {
    super(`The repository holds no object ${id}.`);
    this.id = id;
  }
}

/** The object is larger than its reader wants to hold; read a blob as a stream instead. */
export class ObjectTooLarge extends Error {
  override readonly name = 'ObjectTooLarge';
  readonly id: ObjectId;
  readonly size: number;

  constructor(id: ObjectId, size: number, limit: number) {
    super(`Object ${id} has ${size} bytes, more than the ${limit} that are read at once.`);
    this.id = id;
    this.size = size;
  }
}

/** Git could not read what it holds: a damaged repository, or one deleted meanwhile. */
export class ObjectUnreadable extends Error {
  override readonly name = 'ObjectUnreadable';
}
