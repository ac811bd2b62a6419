import { isLfsOid } from '../../git/lfs/index.ts';
import { Problem } from '../../problem.ts';

export const NO_OID = 'The name of a file of Git LFS is its SHA-256: 64 digits, 0-9 and a-f.';

/** Throws `Problem` for what names no file. */
export function mustBeOid(oid: string): void {
  if (!isLfsOid(oid)) throw new Problem('invalid', NO_OID);
}
