/** Git LFS: large files beside a repository. */
export {
  isLfsOid,
  LFS_FOLDERS,
  lfsObjectSize,
  OtherBytes,
  readLfsObject,
  storeLfsObject,
} from './objects.ts';
