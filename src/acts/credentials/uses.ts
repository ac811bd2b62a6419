import {
  DAY_MS,
  dayOf,
  findById,
  listUses,
  operationsOf,
  usesByDay,
  type Counted,
  type UsesOf,
  type WhichUses,
  type WayOfUse,
} from '../../credentials/index.ts';
import {
  declarationOf,
  heldScopes,
  isAnyScope,
  isOperation,
  scopesFor,
  type AnyScope,
  type CredentialKind,
  type Grant,
  type PrincipalData,
} from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { targetName } from '../explain/words.ts';

/** The days over which uses are added up. */
export const USAGE_DAYS = 90;
/** Of the ways in which something was used, those that a page shows. */
export const USES_SHOWN = 50;
/** Different uses that are told at most. */
const MOST_TOLD = 1000;

export interface NamedUse extends WayOfUse, Counted {
  /** Of its target, where it had one that the reader may see. */
  readonly targetName: string | undefined;
}

/** What a credential, or an application, was used for lately, as far as it was written down; the last seconds are not yet. */
export interface Usage {
  /** In each way in which it was used, the latest first; where there are very many, the latest of them. */
  readonly uses: readonly NamedUse[];
  /** Each day up to today, oldest first. */
  readonly days: readonly { readonly at: number; readonly admitted: number; readonly refused: number }[];
  /** It was used in a workspace that its repository has left, which is not told where the repository is now. */
  readonly isUntold: boolean;
  /** Of its scopes, those without which all that it was let in for would have been as well; none where it never was. */
  readonly unneeded: readonly AnyScope[];
}

/** For the operator, of any credential and what came of it. Throws `Problem` for an unknown one. */
export async function listCredentialUses(
  services: Services,
  grant: Grant<'credential.list'>,
  id: string,
): Promise<Usage> {
  const found = await findById(services.database, id);
  if (found === undefined) throw new Problem('not_found', `There is no credential ${id}.`);
  return usageOf(services, { lineOf: id }, found, grant.principal, MOST_TOLD);
}

export type Observation = Pick<WayOfUse, 'operation' | 'address'> & Counted;

/** For the operator: what the networks of a credential in observe mode would have refused, the latest first. Throws `Problem` for an unknown one. */
export async function listCredentialObservations(
  services: Services,
  _grant: Grant<'credential.list'>,
  id: string,
): Promise<Observation[]> {
  if ((await findById(services.database, id)) === undefined)
    throw new Problem('not_found', `There is no credential ${id}.`);
  return observationsOf(services, { lineOf: id }, MOST_TOLD);
}

/** The same of what whoever asks may look at; `most` of them. */
export async function observationsOf(
  { database }: Services,
  of: UsesOf,
  most: number,
): Promise<Observation[]> {
  const observed = await listUses(database, { ...of, since: 0, outcomes: ['observed'] }, MOST_TOLD);
  const alike = Map.groupBy(observed, ({ operation, address }) => `${operation} ${address}`);
  return [...alike.values()]
    .flatMap(([first, ...others]) =>
      first === undefined ? [] : [others.reduce<Observation>(together, first)],
    )
    .slice(0, most);
}

const together = (one: Observation, other: Observation): Observation => ({
  ...one,
  count: one.count + other.count,
  firstAt: Math.min(one.firstAt, other.firstAt),
  lastAt: Math.max(one.lastAt, other.lastAt),
});

/** What is held, by a credential of which kind. */
export interface Held {
  readonly kind: CredentialKind;
  readonly scopes: readonly string[];
}

/** Names are those of what the reader may see, who may look at these uses; `most` of them are told. */
export async function usageOf(
  services: Services,
  of: UsesOf,
  held: Held,
  reader: PrincipalData,
  most: number,
): Promise<Usage> {
  const { database } = services;
  const first = firstDay(services);
  const which = { ...of, since: first };
  const uses = await namedUses(services, which, reader, most);
  const counted = new Map((await usesByDay(database, which)).map((day) => [day.day, day]));
  const opened = await operationsOf(database, which);
  return {
    isUntold: false,
    uses,
    days: Array.from({ length: USAGE_DAYS }, (_, index) => {
      const { admitted = 0, refused = 0 } = counted.get(first + index) ?? {};
      return { at: (first + index) * DAY_MS, admitted, refused };
    }),
    unneeded: opened.length === 0 ? [] : unneededScopes(held, opened),
  };
}

/** In which ways it was used, the latest first; `most` of them. Names are those of what the reader may see. */
export async function namedUses(
  services: Services,
  which: WhichUses,
  reader: PrincipalData,
  most: number,
): Promise<NamedUse[]> {
  const uses = await listUses(services.database, which, most);
  const names = new Map<string, string | undefined>();
  for (const { operation, targetId } of uses) {
    if (targetId === '' || names.has(targetId) || !isOperation(operation)) continue;
    const [target] = declarationOf(operation).targets;
    names.set(targetId, target && (await targetName(services, target.on, targetId, reader)));
  }
  return uses.map((use) => ({ ...use, targetName: names.get(use.targetId) }));
}

/** Of one whose use is not told: no uses on any day. */
export const untoldUsage = (services: Services): Usage => ({
  isUntold: true,
  uses: [],
  days: Array.from({ length: USAGE_DAYS }, (_, index) => ({
    at: (firstDay(services) + index) * DAY_MS,
    admitted: 0,
    refused: 0,
  })),
  unneeded: [],
});

const firstDay = ({ clock }: Services): number => dayOf(clock()) - USAGE_DAYS + 1;

/**
 * Those of the scopes that can all be left out together, and each of the operations is still opened: the first ones stay
 * where either of two would do.
 */
export function unneededScopes({ kind, scopes }: Held, operations: readonly string[]): AnyScope[] {
  const required = new Set(
    operations.flatMap((operation) => {
      const wanted = isOperation(operation) ? scopesFor(operation, kind) : [];
      return wanted === 'any' ? [] : wanted;
    }),
  );
  const held = scopes.filter(isAnyScope);
  let kept = held;
  for (const scope of held.toReversed()) {
    const others = kept.filter((other) => other !== scope);
    const opened = heldScopes(others);
    if ([...required].every((each) => opened.has(each))) kept = others;
  }
  return held.filter((scope) => !kept.includes(scope));
}
