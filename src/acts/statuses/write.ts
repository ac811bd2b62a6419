import { randomUUID } from 'node:crypto';
import { accountOf, appUserOf, type Grant } from '../../gate/index.ts';
import {
  countStatuses,
  findStatus,
  holdRepository,
  saveStatus,
  type CommitStatus,
  type StatusAuthor,
  type StatusInput,
} from '../../hosting/index.ts';
import { invalid, Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { queueEvent } from '../../webhooks/index.ts';
import { isAdminNow } from '../repositories/admin-now.ts';
import { viewCommit, type Commit } from '../source/commits.ts';
import { commitNotFound } from '../source/problems.ts';
import { change } from '../transaction.ts';
import type { ToldStatus } from '../webhooks/status-told.ts';
import { chooseKey, chooseStatus, type SaidStatus } from './choices.ts';
import { noSuchStatus, viewStatus } from './view.ts';

type WritingGrant = Grant<'status.write'>;

const MOST_STATUSES = 500;

/**
 * Writes the status of a key, or replaces it. Throws `Problem` for what is missing or cannot be shown, for the status of
 * somebody else, and for one more than a commit has.
 */
export async function writeStatus(
  services: Services,
  grant: WritingGrant,
  commit: Commit,
  { key: name, ...said }: SaidStatus & { readonly key?: string },
): Promise<CommitStatus> {
  const key = chooseKey(name ?? '');
  const { state, url, ...rest } = chooseStatus(said);
  if (state === undefined) throw invalid('state', 'This field is required.');
  if (url === undefined) throw invalid('url', 'This field is required.');
  const status = { key, state, url, name: '', description: '', refname: null, ...rest };
  await save(services, grant, commit, key, () => status);
  return viewStatus(services, grant, commit, key);
}

/** Changes what is given of a status and leaves the rest. Throws `Problem` as writing does, and where there is none. */
export async function changeStatus(
  services: Services,
  grant: WritingGrant,
  commit: Commit,
  key: string,
  said: SaidStatus,
): Promise<CommitStatus> {
  const changes = chooseStatus(said);
  await save(services, grant, commit, key, (present) => {
    if (present === undefined) throw noSuchStatus();
    const { state, name, url, description, refname } = present;
    return { key, state, name, url, description, refname, ...changes };
  });
  return viewStatus(services, grant, commit, key);
}

/**
 * The commit whose hash this is, or begins with this. A status is of one commit for good, and a branch may have moved
 * since it was built: names are taken for commits that are not there.
 */
export async function commitOfHash(services: Services, grant: WritingGrant, hash: string): Promise<Commit> {
  const commit = await viewCommit(services, grant, hash);
  if (!commit.id.startsWith(hash.toLowerCase())) throw commitNotFound(hash);
  return commit;
}

/** `statusFrom` makes the status of what is there under its key. */
async function save(
  services: Services,
  grant: WritingGrant,
  commit: Commit,
  key: string,
  statusFrom: (present: CommitStatus | undefined) => StatusInput,
): Promise<void> {
  const [repository] = grant.targets;
  const author = authorOf(grant);
  await change(
    services,
    grant,
    async (trx, now) => {
      await holdRepository(trx, repository);
      const present = await findStatus(trx, repository.id, commit.id, key);
      const status = statusFrom(present);
      if (present === undefined) await refuseTooMany(trx, repository.id, commit.id);
      else if (!isSameAuthor(author, present.author)) await refuseForeign(trx, grant);
      await saveStatus(trx, { repositoryId: repository.id, commit: commit.id }, status, author, now);
      const { actor_type, actor_id } = author;
      const about: ToldStatus = {
        commit: commit.id,
        status,
        actor: { actor_type, actor_id },
        createdAt: present?.createdAt ?? now,
        updatedAt: now,
      };
      const event = present === undefined ? 'repo:commit_status_created' : 'repo:commit_status_updated';
      await queueEvent(
        trx,
        { repositoryId: repository.id, event, subject: randomUUID(), about: { ...about } },
        now,
      );
      return present;
    },
    // Of each build there come several, and its row says who wrote it and when. What no row tells afterwards is written down.
    (present) =>
      present === undefined || isSameAuthor(author, present.author)
        ? null
        : {
            target: { type: 'repository', id: repository.id },
            detail: {
              commit: commit.id,
              replaced: key,
              was: present.state,
              of: `${present.author.actor_type} ${present.author.actor_id}`,
            },
          },
  );
}

async function refuseTooMany(trx: Handle, repositoryId: string, commit: string): Promise<void> {
  const counts = (await countStatuses(trx, repositoryId, [commit])).get(commit) ?? {};
  if (Object.values(counts).reduce((sum, count) => sum + count, 0) < MOST_STATUSES) return;
  throw new Problem(
    'conflict',
    `A commit has at most ${MOST_STATUSES} build statuses: use their keys again.`,
  );
}

/** As in Bitbucket Cloud: a status is replaced by whoever wrote it, and by those who are admin of the repository. */
async function refuseForeign(trx: Handle, grant: WritingGrant): Promise<void> {
  if (await isAdminNow(trx, grant)) return;
  const message =
    'Somebody else wrote the status of this key: they can change it, and admins of the repository.';
  throw new Problem('taken', message, { fields: { key: [message] } });
}

const isSameAuthor = (a: StatusAuthor, b: StatusAuthor): boolean =>
  a.actor_type === b.actor_type && a.actor_id === b.actor_id;

function authorOf({ principal }: WritingGrant): StatusAuthor {
  if (principal.type !== 'credential') throw new TypeError('Statuses are written by credentials.');
  const { credentialId: credential_id } = principal;
  const appUser = appUserOf(principal);
  return appUser === null
    ? { actor_type: 'account', actor_id: accountOf(principal)?.id ?? '', credential_id }
    : { actor_type: 'app_user', actor_id: appUser.id, credential_id };
}
