import { accountsOfEach, findAccount, type Account } from '../../accounts/index.ts';
import type { Grant } from '../../gate/index.ts';
import { holdRepository } from '../../hosting/index.ts';
import { Problem } from '../../problem.ts';
import { addDefaultReviewer, defaultReviewersOf, removeDefaultReviewer } from '../../pull-requests/index.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';
import { enteringByRole } from './entering-by-role.ts';

type ListingGrant =
  | Grant<'default_reviewer.list'>
  | Grant<'default_reviewer.change'>
  | Grant<'pull_request.create'>;

const MOST = 100;

/** Who is asked to review each new pull request; whoever may not read the repository any more is left out. */
export async function listDefaultReviewers(
  { database }: Services,
  { targets: [repository] }: ListingGrant,
): Promise<Account[]> {
  const ids = await defaultReviewersOf(database, repository.id);
  const accounts = await accountsOfEach(database, ids);
  const entering = await enteringByRole(database, repository.id, [...accounts.values()]);
  return ids.flatMap((id) => (entering.has(id) ? (accounts.get(id) ?? []) : []));
}

/** One of them, by `{uuid}`, account id or user name. Throws `Problem` for whoever is none. */
export async function viewDefaultReviewer(
  services: Services,
  grant: ListingGrant,
  name: string,
): Promise<Account> {
  const account = await findAccount(services.database, name);
  const found = (await listDefaultReviewers(services, grant)).find(({ id }) => id === account?.id);
  if (found === undefined) throw new Problem('not_found', 'This person is no default reviewer here.');
  return found;
}

/** Throws `Problem` for whoever has no role on the repository, who is told of like whoever is not there. */
export async function nameDefaultReviewer(
  services: Services,
  grant: Grant<'default_reviewer.change'>,
  name: string,
): Promise<Account> {
  const [repository] = grant.targets;
  const account = await findAccount(services.database, name.trim());
  const entering = await enteringByRole(services.database, repository.id, account ? [account] : []);
  if (account === undefined || !entering.has(account.id)) {
    throw new Problem(
      'not_found',
      `${JSON.stringify(name.slice(0, 100))} is nobody with a role on this repository.`,
    );
  }
  await change(
    services,
    grant,
    async (trx, now) => {
      await holdRepository(trx, repository);
      if ((await defaultReviewersOf(trx, repository.id)).length >= MOST)
        throw new Problem('conflict', `A repository has at most ${MOST} default reviewers.`);
      return addDefaultReviewer(trx, repository.id, account.id, now);
    },
    (isNew) =>
      isNew ? { target: { type: 'repository', id: repository.id }, detail: { added: account.id } } : null,
  );
  return account;
}

/** Throws `Problem` for whoever is none. */
export async function dropDefaultReviewer(
  services: Services,
  grant: Grant<'default_reviewer.change'>,
  name: string,
): Promise<void> {
  const [{ id: repositoryId }] = grant.targets;
  const account = await findAccount(services.database, name.trim());
  const isGone = await change(
    services,
    grant,
    async (trx) => account !== undefined && (await removeDefaultReviewer(trx, repositoryId, account.id)),
    (removed) =>
      removed
        ? { target: { type: 'repository', id: repositoryId }, detail: { removed: account?.id ?? '' } }
        : null,
  );
  if (!isGone) throw new Problem('not_found', 'This person is no default reviewer here.');
}
