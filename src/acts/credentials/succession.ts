import {
  ADMITTED,
  DAY_MS,
  dayOf,
  listFamily,
  type Credential,
  type Outcome,
} from '../../credentials/index.ts';
import type { PrincipalData } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { hasEnded } from './standing.ts';
import { namedUses, USES_SHOWN, type NamedUse } from './uses.ts';

const LATELY_MS = 30 * DAY_MS;

/** What came before a credential in its family, and what after. */
export interface Succession {
  /** What took its place: the latest one, where it is not that itself. */
  readonly successor: Credential | null;
  /** When it was replaced. */
  readonly replacedAt: number | null;
  /** What it took the place of and still works, oldest first. */
  readonly predecessors: readonly Credential[];
  /** Whether this is the one that can be replaced (`createSuccessor`). */
  readonly isLatest: boolean;
  /** In which ways it was used since it was replaced, the latest first; those that were refused because it had ended, too. */
  readonly usedSince: readonly NamedUse[];
  /** In which ways it, and what it took the place of, were let in in the last month: that is what needs the secret of a successor. */
  readonly usedLately: readonly NamedUse[];
}

/** @param isTold whether the reader is told what it was used for */
export async function successionOf(
  services: Services,
  credential: Credential,
  reader: PrincipalData,
  isTold: boolean,
): Promise<Succession> {
  const now = services.clock();
  const family = await listFamily(services.database, credential.id, now);
  const place = family.findIndex(({ id }) => id === credential.id);
  const latest = family.findLast((each) => !hasEnded(each) && each.retiresAt === null) ?? family.at(-1);
  const successor = latest === undefined || latest.id === credential.id ? null : latest;
  const replacedAt = successor === null ? null : (family[place + 1] ?? successor).createdAt;
  const predecessors = family.slice(0, place).filter((each) => !hasEnded(each));
  const usedBy = (which: readonly Credential[], outcomes: readonly Outcome[], lastSince: number) =>
    isTold ? waysOf(services, which, outcomes, lastSince, reader) : [];
  return {
    successor,
    replacedAt,
    predecessors,
    isLatest: !hasEnded(credential) && family.slice(place + 1).every(hasEnded),
    usedSince:
      replacedAt === null ? [] : await usedBy([credential], [...ADMITTED, 'credential_ended'], replacedAt),
    usedLately: await usedBy([credential, ...predecessors], ADMITTED, now - LATELY_MS),
  };
}

async function waysOf(
  services: Services,
  which: readonly Credential[],
  outcomes: readonly Outcome[],
  lastSince: number,
  reader: PrincipalData,
): Promise<NamedUse[]> {
  const since = dayOf(lastSince);
  const ways = [];
  for (const { id } of which) {
    const of = { credentialId: id, since, outcomes, lastSince };
    ways.push(...(await namedUses(services, of, reader, USES_SHOWN)));
  }
  return ways.toSorted((a, b) => b.lastAt - a.lastAt).slice(0, USES_SHOWN);
}
