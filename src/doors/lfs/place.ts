import { DOT_GIT } from '../shared/git-address.ts';

/** Where a client looks for Git LFS: behind the address that it clones from, with `.git` at its end whether it was written or not. */
export const AT = `${DOT_GIT}/info/lfs`;
export const WIKI_AT = `${DOT_GIT}/wiki/info/lfs`;
