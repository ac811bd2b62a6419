import { accountsOfEach } from '../../accounts/index.ts';
import { countStatuses, listMergeRules, listResettingRules } from '../../hosting/index.ts';
import {
  countOpenComments,
  countsOf,
  defaultReviewersOf,
  findPullRequest,
  participantsOf,
  pushersOf,
  RESETS,
  judgeRules,
  rulesFor,
  type JudgedRule,
  type MergeFacts,
  type MergeRule,
  type Participant,
  type PullRequest,
} from '../../pull-requests/index.ts';
import type { Handle } from '../../store/handle.ts';
import { enteringByRole } from './entering-by-role.ts';
import { isSameActor } from './people.ts';

export type { JudgedRule } from '../../pull-requests/index.ts';

/**
 * What the branch restrictions still want before a pull request is merged, one sentence each; empty where nothing stands
 * against it. They hold for everybody, admins too. Read now: merging asks in the transaction in which it decides.
 *
 * @param pullRequest with the commit that is to be merged as its source: where the rows do not know yet that the branch moved
 *   there, decisions that are about to be taken back for that count no more
 */
export const unmetMergeChecks = async (
  services: { readonly database: Handle },
  repositoryId: string,
  pullRequest: PullRequest,
): Promise<readonly string[]> =>
  (await viewMergeChecks(services, repositoryId, pullRequest)).flatMap(({ unmet }) => unmet ?? []);

/** What the branch restrictions want of it, had or not. */
export async function viewMergeChecks(
  { database }: { readonly database: Handle },
  repositoryId: string,
  pullRequest: PullRequest,
): Promise<readonly JudgedRule[]> {
  const rules = rulesFor(await listMergeRules(database, repositoryId), pullRequest.destinationBranch);
  if (rules.length === 0) return [];
  return judgeRules(rules, await factsFor(database, repositoryId, pullRequest, rules));
}

/** What these rules ask about; the rest is not read. */
async function factsFor(
  db: Handle,
  repositoryId: string,
  pullRequest: PullRequest,
  rules: readonly MergeRule[],
): Promise<MergeFacts> {
  const { number, author, sourceCommit } = pullRequest;
  const asks = (kind: MergeRule['kind']): boolean => rules.some((rule) => rule.kind === kind);
  const byPeople =
    asks('require_approvals_to_merge') ||
    asks('require_default_reviewer_approvals_to_merge') ||
    asks('require_no_changes_requested');
  const deciding = byPeople ? await deciders(db, pullRequest) : [];
  // Whoever pushed to its source approves of what is their own, whoever opened it.
  const makers = byPeople ? [author, ...(await pushersOf(db, pullRequest))] : [author];
  const approving = deciding.filter(
    ({ state, actor }) => state === 'approved' && !makers.some((maker) => isSameActor(actor, maker)),
  );
  const builds = asks('require_passing_builds_to_merge')
    ? (await countStatuses(db, repositoryId, [sourceCommit])).get(sourceCommit)
    : undefined;
  const { SUCCESSFUL: passedBuilds = 0, ...others } = builds ?? {};
  const reviewers = asks('require_default_reviewer_approvals_to_merge')
    ? await defaultReviewersOf(db, repositoryId)
    : [];
  const counts = asks('require_tasks_to_be_completed')
    ? (await countsOf(db, repositoryId, [number])).get(number)
    : undefined;
  return {
    approvals: approving.length,
    defaultReviewerApprovals: approving.filter(({ actor }) => reviewers.includes(actor.actor_id)).length,
    askingForChanges: deciding.filter(({ state }) => state === 'changes_requested').length,
    passedBuilds,
    otherBuilds: Object.values(others).reduce((sum, count) => sum + count, 0),
    openTasks: counts?.tasks ?? 0,
    openComments: asks('require_all_comments_resolved') ? await countOpenComments(db, pullRequest) : 0,
  };
}

async function deciders(db: Handle, pullRequest: PullRequest): Promise<readonly Participant[]> {
  const { repositoryId, number, sourceCommit, destinationBranch } = pullRequest;
  // In this order: a push that is written down in between takes back what is read after it.
  const known = await findPullRequest(db, repositoryId, number);
  const participants = (await participantsOf(db, repositoryId, [number])).get(number) ?? [];
  const resetting =
    known?.sourceCommit === sourceCommit
      ? []
      : rulesFor(await listResettingRules(db, repositoryId), destinationBranch);
  const takenBack = new Set<Participant['state']>(resetting.map(({ kind }) => RESETS[kind]));
  const standing = participants.filter(({ state }) => !takenBack.has(state));
  return countingAmong(db, repositoryId, standing);
}

/** Those whose decision counts: people who may enter now, by a role on the repository. A bot decides nothing. */
async function countingAmong(
  db: Handle,
  repositoryId: string,
  participants: readonly Participant[],
): Promise<readonly Participant[]> {
  const decided = participants.filter(({ actor, state }) => actor.actor_type === 'account' && state !== null);
  const ids = decided.map(({ actor }) => actor.actor_id);
  const people = await accountsOfEach(db, ids);
  const entering = await enteringByRole(db, repositoryId, [...people.values()]);
  return decided.filter(({ actor }) => entering.has(actor.actor_id));
}
