import { chooseExpiry, chooseLabel } from '../../credentials/index.ts';
import { expandScopes, isScope, type Grant } from '../../gate/index.ts';
import { createCode, createConsent, type Asked, type Consumer } from '../../oauth/index.ts';
import { invalid } from '../../problem.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { confine } from '../credentials/confinement.ts';
import { change } from '../transaction.ts';
import { answerAddress, type AuthorizationRequest } from './authorization.ts';

/** What a person left of what was asked. */
export interface Choice {
  readonly scopes: readonly string[];
  /** `WORKSPACE/NAME`; none is every repository of the account. */
  readonly repositories: readonly string[];
  /** Of an app password. */
  readonly label: string;
  readonly expiresAt: number | null;
}

/**
 * The consent as it is to be written: never more than was asked. Throws `Problem` when nothing was left, and for a
 * repository that the person cannot see.
 */
async function chooseConsent(
  services: Services,
  grant: Grant<'consent.give'>,
  { consumer, asked }: { readonly consumer: Consumer; readonly asked: Asked },
  choice: Choice,
) {
  const scopes = [...new Set(choice.scopes)].filter(isScope);
  if (scopes.length === 0) throw invalid('scopes', 'Leave at least one thing that it may do, or say no.');
  // What a scope brings along may be given in its place: cloning where pushing was asked for.
  const within = expandScopes(asked.scopes);
  if (scopes.some((scope) => !within.has(scope)))
    throw invalid('scopes', 'More than was asked for cannot be given.');
  const isAsked = (name: string) =>
    asked.repositories.some((each) => each.toLowerCase() === name.toLowerCase());
  if (asked.repositories.length > 0) {
    if (choice.repositories.length === 0)
      throw invalid('repository', 'Leave at least one repository, or say no.');
    if (!choice.repositories.every(isAsked))
      throw invalid('repository', 'More repositories than were asked for cannot be given.');
  }
  const bounds = await confine(services, grant.principal, { repositoryNames: choice.repositories });
  const lasting = asked.type === 'app_password';
  const expiresAt = lasting ? chooseExpiry(choice.expiresAt, services.clock(), true) : null;
  if (asked.expiresAt !== null && (expiresAt === null || expiresAt > asked.expiresAt))
    throw invalid('expires', 'It cannot live longer than was asked for.');
  return {
    consumerId: consumer.id,
    accountId: grant.targets[0].id,
    type: asked.type,
    scopes,
    bounds,
    label: lasting ? chooseLabel(choice.label) : null,
    expiresAt,
  };
}

/** Writes a consent, does what it is given for, and notes it. Wants nothing of the caller but `then`, inside the transaction. */
export async function giveConsent<Result>(
  services: Services,
  grant: Grant<'consent.give'>,
  asked: { readonly consumer: Consumer; readonly asked: Asked },
  choice: Choice,
  then: (trx: Handle, consentId: string, now: number) => Promise<Result>,
): Promise<Result> {
  const consent = await chooseConsent(services, grant, asked, choice);
  return change(
    services,
    grant,
    async (trx, now) => then(trx, await createConsent(trx, consent, now), now),
    () => ({
      target: { type: 'account', id: consent.accountId },
      detail: {
        consumer: asked.consumer.key,
        type: consent.type,
        scopes: consent.scopes,
        repositories: choice.repositories,
      },
    }),
  );
}

/** A yes to an authorization request: the address with the code to which the person is sent. Throws `Problem`. */
export async function approveAuthorization(
  services: Services,
  grant: Grant<'consent.give'>,
  request: AuthorizationRequest,
  choice: Choice,
): Promise<string> {
  const { consumer, redirectUri, challenge } = request;
  const code = await giveConsent(services, grant, request, choice, (trx, consentId, now) =>
    createCode(trx, services.keys, { consumerId: consumer.id, consentId, redirectUri, challenge }, now),
  );
  return answerAddress(services, request, { code: code.reveal() });
}

/** A no: the address to which the person is sent with it. */
export const denyAuthorization = (
  services: Services,
  _grant: Grant<'consent.view'>,
  request: AuthorizationRequest,
): string =>
  answerAddress(services, request, { error: 'access_denied', error_description: 'The person said no.' });
