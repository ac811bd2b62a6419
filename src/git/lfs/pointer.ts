/** What stands in a repository in place of a file: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md. */
export interface LfsPointer {
  readonly oid: string;
  /** In bytes. */
  readonly size: number;
}

/** In bytes; git-lfs takes nothing larger for one. */
export const POINTER_SIZES = { from: 100, to: 1024 } as const;

const POINTER =
  /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\nsize (\d{1,15})\n/;

/** The pointer that a file is, if it is one. */
export function readLfsPointer(content: Buffer): LfsPointer | undefined {
  if (content.length < POINTER_SIZES.from || content.length > POINTER_SIZES.to) return undefined;
  const [, oid, size] = POINTER.exec(content.toString('latin1')) ?? [];
  return oid === undefined ? undefined : { oid, size: Number(size) };
}
