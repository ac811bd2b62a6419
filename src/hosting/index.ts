/** Hosting: workspaces, their members, groups and projects, repositories and the roles on them. */
export {
  chooseDescription,
  chooseGroupSlug,
  chooseName,
  chooseProjectKey,
  chooseRepositorySlug,
  chooseWorkspaceSlug,
  slugFrom,
  uuidIn,
} from './choices.ts';
export {
  countStatuses,
  findStatus,
  listStatuses,
  saveStatus,
  STATUS_STATES,
  type CommitStatus,
  type StateCounts,
  type StatusAuthor,
  type StatusInput,
  type StatusState,
} from './commit-statuses.ts';
export {
  announceDownloads,
  countDownloads,
  findDownload,
  forgetDownload,
  listDownloads,
  nameDownload,
  namelessDownloads,
  takeNameOf,
  type Download,
  type DownloadAuthor,
  type NewDownload,
  type Uploader,
} from './downloads.ts';
export { repositoryFacts, repositoryFactsForEach, workspaceFacts } from './facts.ts';
export {
  addToGroup,
  createGroup,
  deleteGroup,
  findGroup,
  isInGroup,
  listGroups,
  pageOfGroupMembers,
  pageOfGroups,
  removeFromGroup,
  type CountedGroup,
  type Group,
} from './groups.ts';
export {
  countLfsLocks,
  deleteLfsLock,
  findLfsLock,
  insertLfsLock,
  listLfsLocks,
  type LfsLock,
  type LfsLockChoice,
  type LfsLockHolder,
} from './lfs-locks.ts';
export { admittancesIn, pageOfGroupRoles, type Admittance, type GroupRole } from './group-roles.ts';
export {
  credentialsOfHolders,
  listHoldings,
  pageOfHoldings,
  type RoleHolding,
  type RoleSource,
} from './holders.ts';
export { listRepositories, type RepositoryQuery } from './list.ts';
export {
  findMember,
  listMembers,
  ownersOf,
  pageOfMembers,
  removeMember,
  setMember,
  type Member,
} from './members.ts';
export { pageOfOwnCredentials } from './own-credentials.ts';
export {
  createProject,
  defaultProject,
  findProject,
  listProjects,
  pageOfProjects,
  projectById,
  projectKeysOf,
  type Project,
} from './projects.ts';
export {
  changedSince,
  deletedBefore,
  everyRepository,
  findDeleted,
  forgetRepository,
  holdRepository,
  insertRepository,
  markDeleted,
  moveRepository,
  nameTaken,
  newRepositoryId,
  pageOfDeleted,
  repositoryById,
  repositoryByName,
  restoreDeleted,
  slugsOf,
  touchRepository,
  updateRepository,
  type ForkPolicy,
  type Repository,
  type RepositoryChange,
} from './repositories.ts';
export {
  clearRole,
  findRole,
  heldRole,
  pageOfRoles,
  setRole,
  type RoleHolder,
  type RoleSubject,
} from './roles.ts';
export {
  createWorkspace,
  findWorkspace,
  pageOfCreatable,
  reachableWorkspaces,
  updateWorkspace,
  workspacesOf,
  type ReachableWorkspace,
  type Workspace,
} from './workspaces.ts';
export { RESTRICTION_KINDS, type RestrictionKind } from './restriction-kinds.ts';
export {
  changeRestriction,
  createRestriction,
  deleteRestriction,
  findRestriction,
  listMergeRules,
  listResettingRules,
  listRestrictions,
  nameAlike,
  pageOfRestrictions,
  restrictionsFor,
  restrictionsForEach,
  type Restriction,
  type RestrictionSubject,
} from './restrictions.ts';
export {
  countRepositories,
  pageOfInsiders,
  reachOfGroups,
  reachOfPeople,
  type Reach,
} from './workspace-access.ts';
