import type { Grant, RepositoryFacts } from '../../gate/index.ts';
import {
  changeRestriction as updateRestriction,
  createRestriction as insertRestriction,
  deleteRestriction as removeRestriction,
  holdRepository,
  listRestrictions,
  type Restriction,
  type RestrictionSubject,
} from '../../hosting/index.ts';
import { invalid, Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';
import { chooseKind, choosePattern, chooseValue, mayName, wantsValue } from './choices.ts';
import { chooseSubjects, type ShownRestriction, type SubjectNames } from './subjects.ts';
import { noSuchRestriction, viewRestriction } from './view.ts';

type ChangingGrant = Grant<'restriction.change'>;

/** A rule as it was written; absent lists name nobody. */
export interface RestrictionInput extends Partial<SubjectNames> {
  readonly kind: string;
  readonly pattern: string;
  /** How many there must be at least, of a kind that counts. */
  readonly value?: number | null;
}

const MOST_RULES = 500;

/**
 * Makes a rule. Throws `Problem`: `invalid` for a kind, pattern or name that cannot be judged, and for access tokens that
 * a credential names; `conflict` for a rule that is there already.
 */
export async function createRestriction(
  services: Services,
  grant: ChangingGrant,
  input: RestrictionInput,
): Promise<ShownRestriction> {
  const [repository] = grant.targets;
  const wanted = await chooseRule(services, repository, input);
  refuseExemption(grant, [], wanted.subjects);
  const id = await change(
    services,
    grant,
    async (trx, now) => {
      await holdRepository(trx, repository);
      if ((await listRestrictions(trx, repository.id)).length >= MOST_RULES) {
        throw new Problem('conflict', `A repository has at most ${MOST_RULES} branch restrictions.`);
      }
      return insertRestriction(trx, repository.id, wanted, now);
    },
    (made) => note(repository, { id: made, ...wanted }, 'created'),
  );
  return viewRestriction(services, grant, id);
}

/**
 * Changes what is given of a rule and leaves the rest. Throws `Problem` as making one does, and `not_found` for an id of
 * another repository or of none.
 */
export async function changeRestriction(
  services: Services,
  grant: ChangingGrant,
  id: number,
  input: Partial<RestrictionInput>,
): Promise<ShownRestriction> {
  const [repository] = grant.targets;
  const before = await viewRestriction(services, grant, id);
  const chosen = await chooseRule(
    services,
    repository,
    {
      ...input,
      kind: input.kind ?? before.kind,
      pattern: input.pattern ?? before.pattern,
      value: valueAfter(before, input),
    },
    before.subjects,
  );
  await change(
    services,
    grant,
    async (trx) => {
      await holdRepository(trx, repository);
      // As it is now: it may have been changed since its names were looked up.
      const rules = await listRestrictions(trx, repository.id);
      const present = rules.find((rule) => rule.id === id);
      if (present === undefined) throw noSuchRestriction();
      const wanted = merged(present, chosen, input);
      refuseExemption(grant, present.subjects, wanted.subjects);
      refuseCarrying(grant, present, wanted);
      await updateRestriction(trx, repository.id, wanted);
      return wanted;
    },
    (wanted) => note(repository, wanted, 'changed'),
  );
  return viewRestriction(services, grant, id);
}

/** The number that is given, or else the one that there is, where the kind that it becomes wants one. */
const valueAfter = (
  present: Pick<Restriction, 'kind' | 'value'>,
  { kind = present.kind, value }: Partial<RestrictionInput>,
): number | null => value ?? (wantsValue(kind) ? present.value : null);

/** What is given, over what there is; a kind that lets nobody through names nobody. */
function merged(
  present: Restriction,
  chosen: Omit<Restriction, 'id'>,
  input: Partial<RestrictionInput>,
): Restriction {
  const kind = input.kind === undefined ? present.kind : chosen.kind;
  const given = {
    account: input.users !== undefined,
    group: input.groups !== undefined,
    credential: input.accessTokens !== undefined,
  };
  const kept = present.subjects.filter(({ type }) => !given[type]);
  return {
    id: present.id,
    kind,
    pattern: input.pattern === undefined ? present.pattern : chosen.pattern,
    value: chooseValue(kind, valueAfter(present, input)),
    subjects: mayName(kind) ? [...chosen.subjects, ...kept] : [],
  };
}

/** Takes a rule away. Throws `Problem` for an id of another repository or of none. */
export async function deleteRestriction(services: Services, grant: ChangingGrant, id: number): Promise<void> {
  const [repository] = grant.targets;
  const before = await viewRestriction(services, grant, id);
  const gone = await change(
    services,
    grant,
    async (trx) => {
      await holdRepository(trx, repository);
      return removeRestriction(trx, repository.id, id);
    },
    (was) => (was ? note(repository, before, 'deleted') : null),
  );
  if (!gone) throw noSuchRestriction();
}

async function chooseRule(
  services: Services,
  repository: RepositoryFacts,
  { kind: kindName, pattern, value = null, users = [], groups = [], accessTokens = [] }: RestrictionInput,
  before: readonly RestrictionSubject[] = [],
): Promise<Omit<Restriction, 'id'>> {
  const kind = chooseKind(kindName);
  if (!mayName(kind)) {
    const field = users.length > 0 ? 'users' : groups.length > 0 ? 'groups' : 'access_tokens';
    if (users.length + groups.length + accessTokens.length > 0) {
      throw invalid(
        field,
        `A restriction "${kind}" lets nobody through: only push and restrict_merges name people, groups and access tokens.`,
      );
    }
  }
  const subjects = await chooseSubjects(services, repository, { users, groups, accessTokens }, before);
  return { kind, pattern: choosePattern(pattern), value: chooseValue(kind, value), subjects };
}

const tokenIds = (subjects: readonly RestrictionSubject[]): string[] =>
  subjects.filter(({ type }) => type === 'credential').map(({ id }) => id);

/**
 * No credential widens a credential (the laws of the gate, 6): which access tokens a rule lets through is for people and
 * the operator to say. What a rule names already may be sent back with it, or be left out.
 */
function refuseExemption(
  { principal }: ChangingGrant,
  before: readonly RestrictionSubject[],
  wanted: readonly RestrictionSubject[],
): void {
  if (principal.type !== 'credential') return;
  const exempt = tokenIds(before);
  const added = tokenIds(wanted).filter((id) => !exempt.includes(id));
  if (added.length === 0) return;
  throw invalid(
    'access_tokens',
    `No credential widens a credential: ${added.join(', ')} can be let through by people on the web pages, or by "latchkey restriction add".`,
  );
}

/** A credential cannot make of a rule that lets tokens through one for other branches. */
function refuseCarrying({ principal }: ChangingGrant, present: Restriction, wanted: Restriction): void {
  if (principal.type !== 'credential' || tokenIds(wanted.subjects).length === 0) return;
  if (wanted.kind === present.kind && wanted.pattern === present.pattern) return;
  throw invalid(
    'pattern',
    'This rule lets access tokens through, so only people can make it a rule for other branches.',
  );
}

const note = (
  repository: RepositoryFacts,
  rule: Restriction,
  happened: 'created' | 'changed' | 'deleted',
) => ({
  target: { type: 'repository' as const, id: repository.id },
  detail: {
    [happened]: rule.id,
    kind: rule.kind,
    pattern: rule.pattern,
    ...(rule.value !== null && { value: rule.value }),
    names: rule.subjects.map(({ type, id }) => `${type} ${id}`),
  },
});
