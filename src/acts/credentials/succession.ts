import { ADMITTED, dayOf, listFamily, type Credential, type Outcome } from '../../credentials/index.ts';
import type { PrincipalData } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { LATELY_MS } from './callers.ts';
import { hasEnded } from './standing.ts';
import { namedUses, USES_SHOWN, type NamedUse } from './uses.ts';

/** Where a credential stands among those that followed each other by being replaced. */
export interface Line {
  /** What took its place: the latest one, where it is not that itself. */
  readonly successor: Credential | null;
  /** When it was replaced. */
  readonly replacedAt: number | null;
  /** What it took the place of and still works, oldest first. */
  readonly predecessors: readonly Credential[];
  /** Whether this is the one that can be replaced (`createSuccessor`). */
  readonly isLatest: boolean;
}

/** What came before a credential in its family, and what after. */
export interface Succession extends Line {
  /** In which ways it was used since it was replaced, the latest first; those that were refused because it had ended or is paused, too. */
  readonly usedSince: readonly NamedUse[];
  /** In which ways it, and what it took the place of, were let in in the last month: that is what needs the secret of a successor. */
  readonly usedLately: readonly NamedUse[];
}

/** How the uses ended that say who has its secret still. */
const CAME_WITH_IT: readonly Outcome[] = [...ADMITTED, 'credential_ended', 'credential_paused'];

/** Of a credential that its reader may look at. */
export async function lineOf(db: Handle, credential: Credential, now: number): Promise<Line> {
  const family = await listFamily(db, credential.id, now);
  const place = family.findIndex(({ id }) => id === credential.id);
  const latest = family.findLast((each) => !hasEnded(each) && each.retiresAt === null) ?? family.at(-1);
  const successor = latest === undefined || latest.id === credential.id ? null : latest;
  return {
    successor,
    replacedAt: successor === null ? null : (family[place + 1] ?? successor).createdAt,
    predecessors: family.slice(0, place).filter((each) => !hasEnded(each)),
    isLatest: !hasEnded(credential) && family.slice(place + 1).every(hasEnded),
  };
}

/** @param isTold whether the reader is told what it was used for */
export async function successionOf(
  services: Services,
  credential: Credential,
  reader: PrincipalData,
  isTold: boolean,
): Promise<Succession> {
  const now = services.clock();
  const line = await lineOf(services.database, credential, now);
  const { predecessors, replacedAt } = line;
  const usedBy = (which: readonly Credential[], outcomes: readonly Outcome[], lastSince: number) =>
    isTold ? waysOf(services, which, outcomes, lastSince, reader) : [];
  return {
    ...line,
    usedSince: replacedAt === null ? [] : await usedBy([credential], CAME_WITH_IT, replacedAt),
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
    const of = { lineOf: id, since, outcomes, lastSince };
    ways.push(...(await namedUses(services, of, reader, USES_SHOWN)));
  }
  return ways.toSorted((a, b) => b.lastAt - a.lastAt).slice(0, USES_SHOWN);
}
