import type { Grant } from '../../gate/index.ts';
import { holdRepository } from '../../hosting/index.ts';
import { invalid, Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import {
  chooseDescription,
  chooseEvents,
  chooseSecret,
  chooseUrl,
  deleteWebhook,
  findWebhook,
  insertWebhook,
  listWebhooks,
  tellsOfPullRequests,
  updateWebhook,
  type Webhook,
  type WebhookInput,
  type WebhookMaker,
} from '../../webhooks/index.ts';
import { change, decideAgain } from '../transaction.ts';
import { noSuchWebhook, webhookNamed } from './view.ts';

/** As it was given; what is left out of a change stays. */
export interface SaidWebhook {
  readonly url?: string;
  readonly description?: string;
  readonly events?: readonly string[];
  readonly isActive?: boolean;
  readonly skipsCertVerification?: boolean;
  /** Null, or empty, for none. */
  readonly secret?: string | null | undefined;
}

const MOST_WEBHOOKS = 50;

/**
 * Makes a webhook of the grant's repository. Throws `Problem` for what it cannot be, and for one more than there may be.
 *
 * @param reading of the same repository, wanted where it is to tell of pull requests
 */
export async function createWebhook(
  services: Services,
  grant: Grant<'webhook.change'>,
  said: SaidWebhook,
  reading?: Grant<'pull_request.read'>,
): Promise<Webhook> {
  const [, repository] = grant.targets;
  const {
    url = chooseUrl(''),
    events = chooseEvents([]),
    description = '',
    isActive = true,
    skipsCertVerification = false,
  } = chosen(services, said);
  const wanted = { url, events, description, isActive, skipsCertVerification };
  const secret = chooseSecret(said.secret ?? null);
  const id = await change(
    services,
    grant,
    async (trx, now) => {
      await holdRepository(trx, repository);
      await decideReading(services, trx, grant, events, reading);
      if ((await listWebhooks(trx, repository.id)).length >= MOST_WEBHOOKS)
        throw new Problem('conflict', `A repository has at most ${MOST_WEBHOOKS} webhooks: delete another.`);
      const maker = makerOf(grant);
      return insertWebhook(
        trx,
        services.seals,
        { ...wanted, secret, maker, repositoryId: repository.id },
        now,
      );
    },
    (made) => ({
      target: { type: 'repository', id: repository.id },
      detail: { webhook: made, did: 'create', ...told(wanted), secret: secret !== null },
    }),
  );
  return webhookNamed(services, repository.id, id);
}

/**
 * Changes what is given of a webhook and leaves the rest. From then on it tells what whoever changed it may know: nobody
 * makes use of what another one may. Throws `Problem` as making one does, and where there is none of that id.
 *
 * @param reading of the same repository, wanted where it is to tell of pull requests, changed or not
 */
export async function changeWebhook(
  services: Services,
  grant: Grant<'webhook.change'>,
  name: string,
  said: SaidWebhook,
  reading?: Grant<'pull_request.read'>,
): Promise<Webhook> {
  const [, repository] = grant.targets;
  const { id } = await webhookNamed(services, repository.id, name);
  const wanted = chosen(services, said);
  const secret = said.secret === undefined ? undefined : chooseSecret(said.secret);
  await change(
    services,
    grant,
    async (trx) => {
      await holdRepository(trx, repository);
      const present = await findWebhook(trx, repository.id, id);
      if (present === undefined) throw noSuchWebhook(name);
      const { url, description, events, isActive, skipsCertVerification } = { ...present, ...wanted };
      const whole = { url, description, events, isActive, skipsCertVerification };
      await decideReading(services, trx, grant, events, reading);
      await updateWebhook(trx, services.seals, id, { ...whole, secret, maker: makerOf(grant) });
      return whole;
    },
    (whole) => ({
      target: { type: 'repository', id: repository.id },
      detail: {
        webhook: id,
        did: 'change',
        ...told(whole),
        ...(secret !== undefined && { secret: secret !== null }),
      },
    }),
  );
  return webhookNamed(services, repository.id, id);
}

/** Deletes a webhook with what waits for it. Throws `Problem` where there is none of that id. */
export async function removeWebhook(
  services: Services,
  grant: Grant<'webhook.delete'>,
  name: string,
): Promise<void> {
  const [repository] = grant.targets;
  const webhook = await webhookNamed(services, repository.id, name);
  await change(
    services,
    grant,
    async (trx) => {
      // A push that is being completed has seen it, and writes down what it is to be told.
      await holdRepository(trx, repository);
      if (!(await deleteWebhook(trx, repository.id, webhook.id))) throw noSuchWebhook(name);
    },
    () => ({
      target: { type: 'repository', id: repository.id },
      detail: { webhook: webhook.id, ...told(webhook) },
    }),
  );
}

/** What it tells of, whoever sets it up may read at this moment. Throws `Refused`, and `Problem` where they were not asked. */
async function decideReading(
  services: Services,
  trx: Handle,
  { targets: [, { id }] }: Grant<'webhook.change'>,
  events: readonly string[],
  reading: Grant<'pull_request.read'> | undefined,
): Promise<void> {
  if (!tellsOfPullRequests(events)) return;
  if (reading?.targets[0].id !== id)
    throw new Problem('conflict', 'The events of this webhook were changed at this moment: try again.');
  await decideAgain(services, trx, reading);
}

function chosen(services: Services, said: SaidWebhook): Partial<WebhookInput> {
  const { url, description, events, isActive, skipsCertVerification } = said;
  return {
    ...(url !== undefined && { url: allowedUrl(services, url) }),
    ...(events !== undefined && { events: chooseEvents(events) }),
    ...(description !== undefined && { description: chooseDescription(description) }),
    ...(isActive !== undefined && { isActive }),
    ...(skipsCertVerification !== undefined && { skipsCertVerification }),
  };
}

/** Where a name leads is seen when something is sent there. */
function allowedUrl({ outbound }: Services, text: string): string {
  const url = chooseUrl(text);
  if (!outbound.refuses(new URL(url))) return url;
  throw invalid(
    'url',
    'This address is not allowed: webhooks are sent to the Internet, and to the networks that the operator of this host names.',
  );
}

/** Of the address the host alone: people put secrets behind it. */
const told = ({ url, events, isActive }: Pick<WebhookInput, 'url' | 'events' | 'isActive'>) => ({
  host: new URL(url).host,
  events,
  active: isActive,
});

function makerOf({ principal, targets: [account] }: Grant<'webhook.change'>): WebhookMaker {
  return {
    accountId: account.id,
    credentialId: principal.type === 'credential' ? principal.credentialId : null,
  };
}
