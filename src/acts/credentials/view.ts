import { lastDone } from '../../audit/index.ts';
import {
  DAY_MS,
  findById,
  isAdmitted,
  listCredentials,
  listFamily,
  type Credential,
} from '../../credentials/index.ts';
import type { Grant, HeldBound } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { boundsInWords } from '../explain/words.ts';
import { observationsOf, untoldUsage, usageOf, type NamedUse, type Observation, type Usage } from './uses.ts';

/** Of the ways in which it was used. */
export const USES_SHOWN = 50;
const LATELY_MS = 30 * DAY_MS;

/** One credential with all that its manager may know of it. */
export interface ViewedCredential {
  readonly credential: Credential;
  /** With what was used up of them; all layers, the first one first. */
  readonly bounds: readonly HeldBound[];
  /** The same in words, in the same order; ids of what the reader may see are names. */
  readonly boundWords: readonly string[];
  readonly usage: Usage;
  /** What took its place, and the living ones whose place it took, oldest first. */
  readonly successor: Credential | null;
  readonly predecessors: readonly Credential[];
  /** The ways in which it was let in since it was replaced, and in the last month. */
  readonly usedSince: readonly NamedUse[];
  readonly usedLately: readonly NamedUse[];
  /** What a bound on networks that only watches would have refused, the latest first. */
  readonly observations: readonly Observation[];
}

type ViewingGrant = Grant<'app_password.list'> | Grant<'access_token.list'>;
type ListingGrant =
  | ViewingGrant
  | Grant<'ssh_key.list'>
  | Grant<'own_credential.list'>
  | Grant<'credential.list'>
  | Grant<'repository.who_can'>
  | Grant<'workspace.access'>;

/** Looked up among what the grant lists, so that knowing an id is never enough. Throws `Problem` when it is not there. */
export async function viewCredential(
  services: Services,
  grant: ViewingGrant,
  id: string,
): Promise<ViewedCredential> {
  await services.writeUses();
  const among =
    grant.operation === 'app_password.list'
      ? ({ owner: { type: 'account', id: grant.targets[0].id }, kind: 'app_password' } as const)
      : ({
          owner: { type: 'repository', id: grant.targets[0].id },
          kind: 'repository_access_token',
        } as const);
  const [credential] = await listCredentials(services.database, { ...among, id }, services.clock());
  const found = credential === undefined ? undefined : await findById(services.database, id);
  if (credential === undefined || found === undefined) {
    throw new Problem(
      'not_found',
      grant.operation === 'app_password.list'
        ? 'You have no app password of this id.'
        : 'This repository has no access token of this id.',
    );
  }
  const family = await listFamily(services.database, id, services.clock());
  const place = family.findIndex((each) => each.id === id);
  const successor = family[place + 1] ?? null;
  const isTold = await isUseTold(services, grant, credential);
  const usage = isTold
    ? await usageOf(services, credential, grant.principal, USES_SHOWN)
    : untoldUsage(services);
  const letInSince = (at: number) =>
    usage.uses.filter(({ outcome, lastAt }) => isAdmitted(outcome) && lastAt >= at);
  return {
    credential,
    successor,
    predecessors: family.slice(0, place).filter(isLive),
    usedSince: successor === null ? [] : letInSince(successor.createdAt),
    usedLately: letInSince(services.clock() - LATELY_MS),
    bounds: found.bounds,
    boundWords: await boundsInWords(services, found.bounds, grant.principal),
    usage,
    observations: isTold ? await observationsOf(services, id) : [],
  };
}

/** Whoever a repository was transferred to is not told which machines its former workspace has. */
async function isUseTold(
  services: Services,
  grant: ViewingGrant,
  { createdAt }: Credential,
): Promise<boolean> {
  if (grant.operation === 'app_password.list') return true;
  const [{ id }] = grant.targets;
  const moved = await lastDone(services.database, 'repository.transfer', 'repository', id);
  return moved === null || createdAt > moved;
}

const isLive = ({ state }: Credential): boolean => state !== 'revoked' && state !== 'expired';

/** The bounds of each of these credentials in words, by credential id, for a list. */
export async function viewBoundWords(
  services: Services,
  grant: ListingGrant,
  credentials: readonly Credential[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const words = new Map<string, readonly string[]>();
  for (const { id, bounds } of credentials) {
    words.set(id, await boundsInWords(services, bounds, grant.principal));
  }
  return words;
}
