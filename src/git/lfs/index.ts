/** Git LFS: large files beside a repository. */
export {
  freshenLfsObject,
  isLfsOid,
  LFS_FOLDERS,
  lfsObjectSize,
  OtherBytes,
  readLfsObject,
  storeLfsObject,
} from './objects.ts';
export { POINTER_SIZES, readLfsPointer, type LfsPointer } from './pointer.ts';
export { removeUnpointed, type RemovedLfsObjects } from './unpointed.ts';
