/** What stands in a repository in place of a file: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md. */
export interface LfsPointer {
  readonly oid: string;
  /** In bytes. */
  readonly size: number;
}

/** In bytes; git-lfs takes nothing larger for one. */
export const POINTER_SIZES = { from: 100, to: 1024 } as const;

/** With the names that the format had before, and with the ends of lines that git-lfs overlooks. */
const POINTER =
  /^version (?:https:\/\/git-lfs\.github\.com\/spec\/v1|https:\/\/hawser\.github\.com\/spec\/v1|http:\/\/git-media\.io\/v\/2)\r?\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\r?\nsize (\d{1,15})\s*$/;

/** The pointer that a file is, if it is one. */
export function readLfsPointer(content: Buffer): LfsPointer | undefined {
  if (content.length < POINTER_SIZES.from || content.length > POINTER_SIZES.to) return undefined;
  const [, oid, size] = POINTER.exec(content.toString('latin1')) ?? [];
  return oid === undefined ? undefined : { oid, size: Number(size) };
}

/** The files of which so small a file might be a pointer, in whatever form: for whoever takes away the others. */
export const mentionedOids = (content: Buffer): string[] =>
  content.length > POINTER_SIZES.to
    ? []
    : [...content.toString('latin1').matchAll(/[0-9a-f]{64}/gi)].map(([oid]) => oid.toLowerCase());
