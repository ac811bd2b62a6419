import { findAccount } from '../accounts/index.ts';
import {
  accountOf,
  appUserOf,
  type PrincipalData,
  type TargetFacts,
  type TargetReference,
} from '../gate/index.ts';
import { sealFacts, type Facts, type Principal } from '../gate/sealed.ts';
import { repositoryFacts, repositoryFactsForEach, workspaceFacts } from '../hosting/index.ts';
import type { Gateway } from './gateway.ts';

/** Reads what the gate must know of each target, from live data, at this use. */
export async function loadFacts(
  gateway: Gateway,
  principal: Principal,
  references: readonly TargetReference[],
): Promise<Facts> {
  const targets: TargetFacts[] = [];
  for (const reference of references) targets.push(await load(gateway, principal.data, reference));
  return sealFacts(targets);
}

/**
 * What the gate must know of one repository when each of these asks, read once for all of them: for answers that are data, and no
 * facts by which anybody is let in.
 */
export async function repositoryAsSeenBy(
  { database }: Gateway,
  repositoryId: string,
  principals: readonly PrincipalData[],
): Promise<(principal: PrincipalData) => TargetFacts> {
  const accountIds = new Set(principals.flatMap((principal) => accountOf(principal)?.id ?? []));
  const facts = await repositoryFactsForEach(database, repositoryId, [...accountIds]);
  return (principal) =>
    facts?.(accountOf(principal)?.id ?? null) ?? { type: 'missing', wanted: 'repository' };
}

async function load(
  gateway: Gateway,
  principal: PrincipalData,
  reference: TargetReference,
): Promise<TargetFacts> {
  const { database } = gateway;
  const accountId = accountOf(principal)?.id ?? null;
  const missing = { type: 'missing', wanted: reference.type } as const;
  switch (reference.type) {
    case 'repository':
      return (await repositoryFacts(database, reference, accountId)) ?? missing;
    case 'workspace':
      return (await workspaceFacts(database, reference.workspace, accountId)) ?? missing;
    case 'account': {
      const appUser = appUserOf(principal);
      if ('self' in reference && appUser !== null) {
        return { type: 'account', id: appUser.id, username: appUser.displayName };
      }
      const name =
        'self' in reference ? (accountId === null ? undefined : `{${accountId}}`) : reference.account;
      const account = name === undefined ? undefined : await findAccount(database, name);
      return account === undefined
        ? missing
        : { type: 'account', id: account.id, username: account.username };
    }
    case 'host':
      return { type: 'host', peopleMayCreateWorkspaces: gateway.settings.peopleMayCreateWorkspaces };
  }
}
