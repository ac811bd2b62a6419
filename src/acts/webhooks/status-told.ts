import { z } from 'zod';
import type { Grant } from '../../gate/index.ts';
import { openForReading } from '../../git/open.ts';
import { STATUS_STATES, type CommitStatus, type Repository } from '../../hosting/index.ts';
import type { Services } from '../../services.ts';
import { mainBranchOf, viewRepository } from '../repositories/view.ts';
import { actorNamed, type Actor } from './actor.ts';

/** A build status as it was when it was written: the next one may replace it before it is told. */
const Told = z.object({
  commit: z.string(),
  status: z.object({
    key: z.string(),
    state: z.enum(STATUS_STATES),
    name: z.string(),
    url: z.string(),
    description: z.string(),
    refname: z.string().nullable(),
  }),
  actor: z.object({ actor_type: z.enum(['account', 'app_user']), actor_id: z.string() }),
  createdAt: z.number(),
  updatedAt: z.number(),
});
export type ToldStatus = z.infer<typeof Told>;

export interface StatusToTell {
  readonly repository: Repository;
  readonly mainBranch: string | null;
  readonly actor: Actor | null;
  /** Full hash. */
  readonly commit: string;
  readonly status: CommitStatus;
}

/** What is told of a build status that was written. */
export async function statusToTell(
  services: Services,
  grant: Grant<'webhook.deliver'>,
  about: unknown,
): Promise<StatusToTell> {
  const { commit, status, actor, createdAt, updatedAt } = Told.parse(about);
  const handle = await openForReading(services.storage, grant);
  return {
    repository: await viewRepository(services, grant),
    mainBranch: await mainBranchOf(services, handle),
    actor: await actorNamed(services.database, actor),
    commit,
    status: { ...status, author: { ...actor, credential_id: '' }, authorName: null, createdAt, updatedAt },
  };
}
