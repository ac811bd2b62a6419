/** Pull requests: what is proposed for a branch, who takes part, what is said, and what happened. */
export {
  listActivity,
  noteActivity,
  pushersOf,
  updateDetail,
  type Activity,
  type UpdateDetail,
} from './activity.ts';
export { addDefaultReviewer, defaultReviewersOf, removeDefaultReviewer } from './default-reviewers.ts';
export {
  commentsById,
  countComments,
  countOpenComments,
  findComment,
  insertComment,
  listComments,
  updateComment,
  type Comment,
  type CommentChange,
  type NewComment,
} from './comments.ts';
export type { PullRequestCondition } from './conditions.ts';
export { countsOf, type PullRequestCounts } from './counts.ts';
export { commitsShown, newestEnds, type PullRequestEnds } from './ends.ts';
export { moveDestination, openConcerning, type OpenEnds } from './following.ts';
export {
  countsAtLeast,
  isMergeCheckKind,
  judgeRules,
  MERGE_CHECK_KINDS,
  RESETS,
  rulesFor,
  type MergeCheckKind,
  type MergeFacts,
  type JudgedRule,
  type MergeRule,
} from './merge-checks.ts';
export {
  forgetNotices,
  noteNotice,
  noticesOf,
  placesToTell,
  takeNotices,
  type Notice,
  type NoticedEvent,
} from './notices.ts';
export {
  isMergeStrategy,
  MERGE_STRATEGIES,
  strategyNamed,
  USUAL_STRATEGY,
  type MergeStrategy,
} from './merge-strategies.ts';
export { markMerged, setClosesSourceBranch, type Merge } from './merged.ts';
export { idsIn, type RowOrder } from './ids.ts';
export {
  clearReviews,
  noteTold,
  participantsOf,
  setReviewers,
  takePart,
  untoldReviewers,
  type Participant,
  type PullRequestPlace,
  type ReviewState,
} from './participants.ts';
export {
  changeOpen,
  endingAt,
  findPullRequest,
  findPullRequests,
  insertPullRequest,
  listPullRequests,
  openAt,
  openBetween,
  PULL_REQUEST_STATES,
  pullRequestNumbers,
  touchPullRequest,
  type NewPullRequest,
  type PullRequest,
  type PullRequestActor,
  type PullRequestChange,
  type PullRequestQuery,
  type PullRequestState,
} from './pull-requests.ts';
export {
  findTask,
  insertTask,
  removeTask,
  tasksById,
  updateTask,
  type NewTask,
  type Task,
  type TaskChange,
} from './tasks.ts';
export { outlineOf, type CommentOutline, type ThreadOutline } from './threads.ts';
