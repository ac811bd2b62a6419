import type { Grant } from '../../gate/index.ts';
import {
  allowancesOf,
  endConsents,
  formerlyAllowed,
  pageOfAllowed,
  type Allowance,
  type FormerlyAllowed,
} from '../../oauth/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { usageOf, USES_SHOWN, type Usage } from '../credentials/uses.ts';
import { boundsInWords } from '../explain/words.ts';
import { change } from '../transaction.ts';

/** What an application may do, its bounds also in words. */
export interface ViewedAllowance extends Allowance {
  readonly boundWords: readonly string[];
}

/** A line of *Authorised applications*. */
export interface AuthorisedApplication {
  readonly consumerId: string;
  readonly name: string;
  readonly url: string;
  /** What it may do, by all that was once allowed, the latest first; at least one. */
  readonly allowances: readonly ViewedAllowance[];
  readonly lastUsedAt: number | null;
}

/** A page of the applications that may act for the account of the grant, the one allowed last first, and how many there are in all. */
export async function listAuthorisedApplications(
  services: Services,
  grant: Grant<'consent.list'>,
  window: { readonly offset: number; readonly limit: number },
): Promise<{ readonly applications: readonly AuthorisedApplication[]; readonly size: number }> {
  await services.writeUses();
  const { consumerIds, size } = await pageOfAllowed(services.database, grant.targets[0].id, window);
  return { applications: await applicationsOf(services, grant, consumerIds), size };
}

/** One of them. Throws `Problem` when it may do nothing. */
export async function viewAuthorisedApplication(
  services: Services,
  grant: Grant<'consent.list'>,
  consumerId: string,
): Promise<AuthorisedApplication> {
  await services.writeUses();
  const [found] = await applicationsOf(services, grant, [consumerId]);
  if (found === undefined) throw new Problem('not_found', 'This application may do nothing for you.');
  return found;
}

/** An application that may act for an account, or once might, with what it did by all the tokens that it ever had. */
export interface ViewedApplication {
  readonly application: AuthorisedApplication | FormerlyAllowed;
  readonly usage: Usage;
}

/** One of the account of the grant. Throws `Problem` when it never let this one do anything. */
export async function viewApplication(
  services: Services,
  grant: Grant<'consent.list'>,
  consumerId: string,
): Promise<ViewedApplication> {
  await services.writeUses();
  const of = { consumerId, accountId: grant.targets[0].id };
  const [standing] = await applicationsOf(services, grant, [consumerId]);
  const application = standing ?? (await formerlyAllowed(services.database, of));
  if (application === undefined)
    throw new Problem('not_found', 'You never let this application do anything.');
  const scopes = new Set(standing?.allowances.flatMap((allowance) => allowance.scopes));
  return {
    application,
    usage: await usageOf(
      services,
      of,
      { kind: 'oauth_access_token', scopes: [...scopes] },
      grant.principal,
      USES_SHOWN,
    ),
  };
}

async function applicationsOf(
  services: Services,
  grant: Grant<'consent.list'>,
  consumerIds: readonly string[],
): Promise<readonly AuthorisedApplication[]> {
  const byConsumer = new Map<string, ViewedAllowance[]>();
  for (const each of await allowancesOf(services.database, grant.targets[0].id, consumerIds)) {
    const boundWords = await boundsInWords(services, each.bounds, grant.principal);
    byConsumer.set(each.consumerId, [...(byConsumer.get(each.consumerId) ?? []), { ...each, boundWords }]);
  }
  return [...byConsumer].map(([consumerId, allowances]) => ({
    consumerId,
    name: allowances[0]?.consumerName ?? '',
    url: allowances[0]?.consumerUrl ?? '',
    allowances,
    lastUsedAt: allowances.reduce<number | null>(
      (latest, { lastUsedAt: at }) => (at !== null && (latest === null || at > latest) ? at : latest),
      null,
    ),
  }));
}

/** Withdraws all that the account let a consumer do; its codes and tokens open nothing from now on. Throws `Problem` when there was nothing. */
export async function withdrawConsent(
  services: Services,
  grant: Grant<'consent.revoke'>,
  consumerId: string,
): Promise<void> {
  const [{ id: accountId }] = grant.targets;
  const ended = await change(
    services,
    grant,
    (trx, now) => endConsents(trx, { accountId, consumerId }, now),
    (count) =>
      count === 0
        ? null
        : { target: { type: 'account', id: accountId }, detail: { consumer: consumerId, consents: count } },
  );
  if (ended === 0)
    throw new Problem(
      'not_found',
      'This application may do nothing for you: it may have been revoked already.',
    );
}
