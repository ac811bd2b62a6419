/** The full hexadecimal name of an object: 40 characters (SHA-1) or 64 (SHA-256), lower case. */
export type ObjectId = string;
export type ObjectFormat = 'sha1' | 'sha256';

const fullObjectId = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

export const hexLength: Readonly<Record<ObjectFormat, number>> = { sha1: 40, sha256: 64 };

/** The tree without entries, which Git knows without it being stored. */
const emptyTrees: Readonly<Record<ObjectFormat, ObjectId>> = {
  sha1: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  sha256: '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321',
};

function isObjectId(text: string): boolean {
  return fullObjectId.test(text);
}

/** Reads an object id as a person may write it (upper case allowed); undefined if it is none. */
export function parseObjectId(text: string): ObjectId | undefined {
  const lower = text.toLowerCase();
  return fullObjectId.test(lower) ? lower : undefined;
}

/** @throws TypeError for anything but a full id: a programming error, and the last guard before a kept process. */
export function assertObjectId(text: string): void {
  if (!fullObjectId.test(text)) throw new TypeError('A full object id was expected.');
}

export function objectFormatOf(id: ObjectId): ObjectFormat {
  return id.length === 64 ? 'sha256' : 'sha1';
}

/** The id of nothing: the old value of a ref that is created, the new value of one that is deleted. */
export function zeroObjectId(format: ObjectFormat): ObjectId {
  return '0'.repeat(hexLength[format]);
}

export function isZeroObjectId(id: ObjectId): boolean {
  return /^0+$/.test(id) && isObjectId(id);
}

export function emptyTreeOf(format: ObjectFormat): ObjectId {
  return emptyTrees[format];
}
