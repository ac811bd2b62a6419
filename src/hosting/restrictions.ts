import { Problem } from '../problem.ts';
import {
  accountOf,
  MOVING_KINDS,
  type BranchRestriction,
  type MovingKind,
  type PrincipalData,
} from '../gate/index.ts';
import {
  MERGE_CHECK_KINDS,
  RESETTING_KINDS,
  type MergeRule,
  type ResettingKind,
} from '../pull-requests/merge-checks.ts';
import type { Handle } from '../store/handle.ts';
import { inParts } from '../store/in-parts.ts';
import { orTaken } from '../store/taken.ts';
import type { RestrictionKind } from './restriction-kinds.ts';

export type RestrictionSubject = {
  readonly type: 'account' | 'group' | 'credential';
  readonly id: string;
};

/** A restriction as its managers see it. */
export interface Restriction {
  readonly id: number;
  readonly kind: RestrictionKind;
  readonly pattern: string;
  /** How many there must be at least, of a kind that counts; else null. */
  readonly value: number | null;
  readonly subjects: readonly RestrictionSubject[];
}

const rulesOf = (db: Handle, repositoryId: string) =>
  db
    .selectFrom('branch_restriction')
    .select(['id', 'kind', 'pattern', 'value'])
    .where('repository_id', '=', repositoryId)
    .orderBy('id')
    .$castTo<Omit<Restriction, 'subjects'>>();

/** Those of some kinds. */
const rulesLike = async <Kind extends RestrictionKind>(
  db: Handle,
  repositoryId: string,
  kinds: readonly Kind[],
) =>
  rulesOf(db, repositoryId)
    .where('kind', 'in', kinds)
    .$castTo<Omit<Restriction, 'subjects'> & { readonly kind: Kind }>()
    .execute();

const subjectsOf = (db: Handle, repositoryId: string) =>
  db
    .selectFrom('branch_restriction_subject')
    .innerJoin('branch_restriction', 'branch_restriction.id', 'branch_restriction_subject.restriction_id')
    .select(['restriction_id', 'subject_type', 'subject_id'])
    .where('repository_id', '=', repositoryId)
    .orderBy('subject_type')
    .orderBy('subject_id');

function withSubjects(
  rules: readonly Omit<Restriction, 'subjects'>[],
  subjects: readonly {
    readonly restriction_id: number;
    readonly subject_type: RestrictionSubject['type'];
    readonly subject_id: string;
  }[],
): Restriction[] {
  const named = Map.groupBy(subjects, ({ restriction_id }) => restriction_id);
  return rules.map((rule) => ({
    ...rule,
    subjects: (named.get(rule.id) ?? []).map(({ subject_type, subject_id }) => ({
      type: subject_type,
      id: subject_id,
    })),
  }));
}

/** The restrictions of a repository in the order in which they were made. */
export const listRestrictions = async (db: Handle, repositoryId: string): Promise<Restriction[]> =>
  withSubjects(await rulesOf(db, repositoryId).execute(), await subjectsOf(db, repositoryId).execute());

/** One page of the same, and how many there are. */
export async function pageOfRestrictions(
  db: Handle,
  repositoryId: string,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<{ readonly rules: Restriction[]; readonly size: number }> {
  const { size } = await db
    .selectFrom('branch_restriction')
    .select(({ fn }) => fn.countAll<string | number>().as('size'))
    .where('repository_id', '=', repositoryId)
    .executeTakeFirstOrThrow();
  const rules = await rulesOf(db, repositoryId).offset(offset).limit(limit).execute();
  return { rules: await completed(db, repositoryId, rules), size: Number(size) };
}

/** Those that say what a pull request takes to be merged. */
export const listMergeRules = async (db: Handle, repositoryId: string): Promise<MergeRule[]> =>
  rulesLike(db, repositoryId, MERGE_CHECK_KINDS);

/** Those that take decisions about a pull request back when its source changes. */
export const listResettingRules = async (
  db: Handle,
  repositoryId: string,
): Promise<{ readonly kind: ResettingKind; readonly pattern: string }[]> =>
  rulesLike(db, repositoryId, RESETTING_KINDS);

/** One of them by its id; undefined where the repository has none of that id. */
export async function findRestriction(
  db: Handle,
  repositoryId: string,
  id: number,
): Promise<Restriction | undefined> {
  const rules = await rulesOf(db, repositoryId).where('id', '=', id).execute();
  return (await completed(db, repositoryId, rules))[0];
}

async function completed(
  db: Handle,
  repositoryId: string,
  rules: readonly Omit<Restriction, 'subjects'>[],
): Promise<Restriction[]> {
  if (rules.length === 0) return [];
  const ids = rules.map(({ id }) => id);
  const subjects = await subjectsOf(db, repositoryId).where('restriction_id', 'in', ids).execute();
  return withSubjects(rules, subjects);
}

/** Those about moving branches as they stand to one who pushes or merges: whether each names them, by account, by group or by access token. */
export async function restrictionsFor(
  db: Handle,
  repositoryId: string,
  principal: PrincipalData,
): Promise<BranchRestriction[]> {
  const rules = await completed(db, repositoryId, await rulesLike(db, repositoryId, MOVING_KINDS));
  const [own] = await restrictionsForEach(db, repositoryId, rules, [principal]);
  return own ?? [];
}

/** How rules of a repository that were read before stand to each of many who push, in their order. */
export async function restrictionsForEach(
  db: Handle,
  repositoryId: string,
  everyRule: readonly Restriction[],
  principals: readonly PrincipalData[],
): Promise<BranchRestriction[][]> {
  const rules = everyRule.filter(isAboutMoving);
  if (rules.length === 0) return principals.map(() => []);
  const accountIds = new Set(principals.flatMap((each) => accountOf(each)?.id ?? []));
  const memberships = await inParts([...accountIds], (part) =>
    db
      .selectFrom('workspace_group_member')
      .innerJoin('workspace_group', 'workspace_group.id', 'workspace_group_member.group_id')
      .innerJoin('repository', 'repository.workspace_id', 'workspace_group.workspace_id')
      .select(['account_id', 'group_id'])
      .where('account_id', 'in', part)
      // A group of a workspace that the repository once was in says nothing any more.
      .where('repository.id', '=', repositoryId)
      .execute(),
  );
  const groups = Map.groupBy(memberships, ({ account_id }) => account_id);
  const named = rules.map(({ subjects }) => new Set(subjects.map(({ type, id }) => `${type} ${id}`)));
  return principals.map((principal) => {
    const accountId = accountOf(principal)?.id;
    const own = [
      ...(accountId === undefined ? [] : [`account ${accountId}`]),
      // Whoever names an access token or a trust policy means what comes of it as well; and what comes of one is never named.
      ...(principal.type === 'credential' ? [`credential ${principal.originId}`] : []),
      ...(groups.get(accountId ?? '') ?? []).map(({ group_id }) => `group ${group_id}`),
    ];
    return rules.map(({ kind, pattern }, index) => ({
      kind,
      pattern,
      names: own.some((name) => named[index]?.has(name) === true),
    }));
  });
}

const isAboutMoving = (rule: Restriction): rule is Restriction & { readonly kind: MovingKind } =>
  (MOVING_KINDS as readonly string[]).includes(rule.kind);

const exists = (wanted: { readonly kind: RestrictionKind; readonly pattern: string }): Problem =>
  new Problem(
    'conflict',
    `There is a restriction "${wanted.kind}" on "${wanted.pattern}" already: remove that one first.`,
  );

/** Throws `Problem` (`conflict`) when the repository has this rule already. Wants a transaction. */
export async function createRestriction(
  db: Handle,
  repositoryId: string,
  wanted: Omit<Restriction, 'id'>,
  now: number,
): Promise<number> {
  await refuseSame(db, repositoryId, wanted, null);
  const { id } = await db
    .insertInto('branch_restriction')
    .values({
      repository_id: repositoryId,
      kind: wanted.kind,
      pattern: wanted.pattern,
      value: wanted.value,
      created_at: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
    .catch(orTaken(() => exists(wanted)));
  await setSubjects(db, id, wanted.subjects);
  return id;
}

async function refuseSame(
  db: Handle,
  repositoryId: string,
  wanted: Omit<Restriction, 'id'>,
  except: number | null,
): Promise<void> {
  const same = await db
    .selectFrom('branch_restriction')
    .select('id')
    .where('repository_id', '=', repositoryId)
    .where('kind', '=', wanted.kind)
    .where('pattern', '=', wanted.pattern)
    .executeTakeFirst();
  if (same !== undefined && same.id !== except) throw exists(wanted);
}

/**
 * Replaces kind, pattern, value and whom it names. Looked up by repository *and* id. Returns whether the repository has it.
 * Throws `Problem` (`conflict`) when another rule of the repository is the same. Wants a transaction.
 */
export async function changeRestriction(
  db: Handle,
  repositoryId: string,
  wanted: Restriction,
): Promise<boolean> {
  await refuseSame(db, repositoryId, wanted, wanted.id);
  const { numUpdatedRows } = await db
    .updateTable('branch_restriction')
    .set({ kind: wanted.kind, pattern: wanted.pattern, value: wanted.value })
    .where('id', '=', wanted.id)
    .where('repository_id', '=', repositoryId)
    .executeTakeFirstOrThrow()
    .catch(orTaken(() => exists(wanted)));
  if (numUpdatedRows === 0n) return false;
  await setSubjects(db, wanted.id, wanted.subjects);
  return true;
}

async function setSubjects(db: Handle, id: number, subjects: readonly RestrictionSubject[]): Promise<void> {
  await db.deleteFrom('branch_restriction_subject').where('restriction_id', '=', id).execute();
  if (subjects.length === 0) return;
  await db
    .insertInto('branch_restriction_subject')
    .values(
      subjects.map(({ type, id: subject }) => ({
        restriction_id: id,
        subject_type: type,
        subject_id: subject,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Looked up by repository *and* id. Returns whether it was there. */
export async function deleteRestriction(db: Handle, repositoryId: string, id: number): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('branch_restriction')
    .where('id', '=', id)
    .where('repository_id', '=', repositoryId)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

/** Whatever rules name an access token name the other one as well, from now on. Wants a transaction. */
export async function nameAlike(db: Handle, credentialId: string, otherId: string): Promise<void> {
  const named = await db
    .selectFrom('branch_restriction_subject')
    .select('restriction_id')
    .where('subject_type', '=', 'credential')
    .where('subject_id', '=', credentialId)
    .execute();
  for (const { restriction_id } of named)
    await db
      .insertInto('branch_restriction_subject')
      .values({ restriction_id, subject_type: 'credential', subject_id: otherId })
      .execute();
}
