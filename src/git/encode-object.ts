import type { ObjectId } from './object-id.ts';

/** Commits, annotated tags and trees as bytes, the other way of `commit.ts` and `tree.ts`: git-commit-tree(1), git-mktag(1), git-mktree(1). */

export interface Person {
  readonly name: string;
  readonly email: string;
}

export interface NewCommit {
  readonly tree: ObjectId;
  readonly parents: readonly ObjectId[];
  readonly author: Person;
  readonly committer: Person;
  /** Milliseconds since 1970, of both. */
  readonly at: number;
  /** Without zero bytes. */
  readonly message: string;
}

export function encodeCommit({ tree, parents, author, committer, at, message }: NewCommit): Buffer {
  return Buffer.from(
    [
      `tree ${tree}`,
      ...parents.map((parent) => `parent ${parent}`),
      `author ${signature(author, at)}`,
      `committer ${signature(committer, at)}`,
      '',
      message,
    ].join('\n'),
  );
}

export interface NewTag {
  readonly commit: ObjectId;
  /** Its short name. */
  readonly name: string;
  readonly tagger: Person;
  readonly at: number;
  readonly message: string;
}

export function encodeTag({ commit, name, tagger, at, message }: NewTag): Buffer {
  return Buffer.from(
    [
      `object ${commit}`,
      'type commit',
      `tag ${name}`,
      `tagger ${signature(tagger, at)}`,
      '',
      // Git reads a tag's message as lines, and finds the end of a signature by them.
      message.endsWith('\n') ? message : `${message}\n`,
    ].join('\n'),
  );
}

const signature = ({ name, email }: Person, at: number): string =>
  `${cleaned(name) || cleaned(email)} <${cleaned(email)}> ${Math.floor(at / 1000)} +0000`;

/** As Git does with what would end the name or the line: it is left out, and so is punctuation at the ends. */
const cleaned = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\x00-\x1f\x7f<>]/g, '')
    .replace(/^[\s.,:;"\\']+|[\s.,:;"\\']+$/g, '');

export interface NewTreeEntry {
  readonly name: Buffer;
  /** Octal digits as Git writes them, without a leading zero. */
  readonly mode: string;
  readonly id: ObjectId;
}

const DIRECTORY = '40000';

/** In Git's order, in which a directory stands as if a slash ended its name. */
export function encodeTree(entries: readonly NewTreeEntry[]): Buffer {
  const keyOf = ({ name, mode }: NewTreeEntry): Buffer =>
    mode === DIRECTORY ? Buffer.concat([name, Buffer.from('/')]) : name;
  const sorted = entries
    .map((entry) => ({ entry, key: keyOf(entry) }))
    .toSorted((a, b) => Buffer.compare(a.key, b.key));
  return Buffer.concat(
    sorted.flatMap(({ entry: { name, mode, id } }) => [
      Buffer.from(`${mode} `),
      name,
      Buffer.from([0]),
      Buffer.from(id, 'hex'),
    ]),
  );
}
