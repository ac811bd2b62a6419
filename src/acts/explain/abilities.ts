import type { RepositoryFacts } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { askedEach, type Permitted, type Waiting } from './asked-each.ts';
import type { Candidate } from './candidates.ts';

/** Whether something may be done: now, never, or once what it waits for has come. */
export type Ability = 'yes' | 'no' | Waiting;

/** What may be done to a repository with a credential. */
export interface Able {
  /** Public id. */
  readonly id: string;
  /** The user name of its owner, or null for what belongs to nobody. */
  readonly owner: string | null;
  readonly reads: Ability;
  readonly pushes: Ability;
}

export const enters = ({ reads, pushes }: Able): boolean => reads !== 'no' || pushes !== 'no';

/** What may be done to a repository with each of these, in their order. */
export async function abilitiesOf(
  services: Services,
  { id: repositoryId }: Pick<RepositoryFacts, 'id'>,
  candidates: readonly Candidate[],
): Promise<Able[]> {
  const operations = ['repository.fetch', 'repository.push'] as const;
  const answers = await askedEach(services, repositoryId, operations, candidates);
  return candidates.map(({ id, owner }) => ({
    id,
    owner,
    reads: abilityOf(answers.get(id)?.['repository.fetch']),
    pushes: abilityOf(answers.get(id)?.['repository.push']),
  }));
}

const abilityOf = (permitted: Permitted | null | undefined): Ability =>
  permitted === null || permitted === undefined ? 'no' : (permitted.waitsFor ?? 'yes');
