import type { Grant } from '../../gate/index.ts';
import { endConsents, listConsents, type ConsentSummary } from '../../oauth/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { boundsInWords } from '../explain/words.ts';
import { change } from '../transaction.ts';

/** A line of *Authorised applications*, its bounds also in words. */
export interface ViewedConsent extends ConsentSummary {
  readonly boundWords: readonly string[];
}

/** What still stands of the consents of the account of the grant, newest first. */
export async function listAuthorisedApplications(
  services: Services,
  grant: Grant<'consent.list'>,
): Promise<ViewedConsent[]> {
  await services.writeUses();
  const consents = await listConsents(services.database, grant.targets[0].id);
  const viewed: ViewedConsent[] = [];
  for (const consent of consents) {
    const boundWords = await boundsInWords(services, consent.bounds, grant.principal);
    viewed.push({ ...consent, boundWords });
  }
  return viewed;
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
