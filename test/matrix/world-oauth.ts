import { confine } from '../../src/acts/credentials/confinement.ts';
import { createOauthConsumer } from '../../src/acts/oauth/consumers.ts';
import { createCredential, pushLayer, type Secret } from '../../src/credentials/index.ts';
import { enterAsOperator } from '../../src/entry/index.ts';
import type { Bound, Scope } from '../../src/gate/index.ts';
import {
  claimDevice,
  consumerById,
  createConsent,
  createDevice,
  issueForConsumer,
  type Consumer,
} from '../../src/oauth/index.ts';
import { issueForConsent } from '../../src/oauth/tokens.ts';
import { holdConsent } from '../../src/oauth/consents.ts';
import type { Services } from '../../src/services.ts';
import type { Handle } from '../../src/store/handle.ts';
import { CALLERS, credentialKey, SCOPES, type Caller } from './callers.ts';
import { BOUNDS, NOON } from './lay.ts';
import { settle } from './world.ts';

interface Held {
  readonly id: string;
  readonly secret: string;
  readonly consumer: Consumer;
}

const LIVES = { accessMs: 7_200_000, refreshMs: 7_776_000_000 };
const OAUTH: readonly Caller['secret'][] = [
  'OAuth token',
  'app user token',
  'refresh token',
  'consumer secret',
];

/** The OAuth credentials of the matrix, each of a consumer of its own, so that one can end without the others. */
export async function buildOauth(
  services: Services,
  accounts: Readonly<Record<string, string>>,
): Promise<{ readonly secrets: Map<string, string>; readonly clients: Map<string, string> }> {
  const secrets = new Map<string, string>();
  const clients = new Map<string, string>();
  for (const caller of CALLERS) {
    const key = credentialKey(caller);
    if (secrets.has(key) || !OAUTH.includes(caller.secret)) continue;
    const { id, secret, consumer } = await makeOne(services, accounts, caller, `consumer ${secrets.size}`);
    secrets.set(key, secret);
    clients.set(key, consumer.key);
    await settle(services, id, caller);
    await settleBehind(services, caller, consumer);
  }
  return { secrets, clients };
}

/** `client_id` of a public consumer. */
export async function publicConsumer(services: Services): Promise<string> {
  const { consumer } = await makeConsumer(services, 'acme', 'in the open', false);
  return consumer.key;
}

/** What the pages of people and owners are about. */
export interface LookedAt {
  /** Key of a consumer of each workspace. */
  readonly consumers: Readonly<Record<string, string>>;
  /** Id of a consumer that may act for everybody. */
  readonly application: string;
  /** A device of each person, that waits for their answer. */
  readonly devices: Readonly<Record<string, { readonly id: string; readonly code: string }>>;
}

export async function thingsToLookAt(
  services: Services,
  workspaces: readonly string[],
  accounts: Readonly<Record<string, string>>,
): Promise<LookedAt> {
  const { database, keys } = services;
  const consumers: Record<string, string> = {};
  for (const workspace of workspaces)
    consumers[workspace] = (await makeConsumer(services, workspace, 'to look at', true)).consumer.key;
  const { consumer } = await makeConsumer(services, 'acme', 'may act for everybody', true);
  const asked = {
    type: 'tokens',
    scopes: ['repository'],
    label: '',
    repositories: [],
    expiresAt: null,
  } as const;
  const devices: Record<string, { id: string; code: string }> = {};
  for (const [name, accountId] of Object.entries(accounts)) {
    const consent = { consumerId: consumer.id, accountId, ...asked, bounds: [], label: null };
    await createConsent(database, consent, NOON);
    const device = { consumerId: consumer.id, asked, challenge: null, address: '127.0.0.1' };
    const { userCode } = await createDevice(database, keys, device, NOON);
    const claimed = await claimDevice(database, keys, userCode, accountId, NOON);
    devices[name] = { id: claimed?.id ?? '', code: userCode };
  }
  return { consumers, application: consumer.id, devices };
}

async function makeConsumer(services: Services, workspace: string, name: string, isPrivate: boolean) {
  const grant = await enterAsOperator(services, 'consumer.create', [{ type: 'workspace', workspace }]);
  return createOauthConsumer(services, grant, { name, callbacks: [], scopes: SCOPES, isPrivate });
}

async function makeOne(
  services: Services,
  accounts: Readonly<Record<string, string>>,
  caller: Caller,
  name: string,
): Promise<Held> {
  const { database, keys } = services;
  const { holder } = caller;
  const { consumer } = await makeConsumer(
    services,
    holder.type === 'consumer' ? holder.name : 'acme',
    name,
    true,
  );
  const bounds = await confine(services, { type: 'operator' }, BOUNDS[caller.bound]);
  const scopes = caller.scopes as readonly Scope[];
  return database.transaction().execute(async (trx): Promise<Held> => {
    if (holder.type === 'person') {
      const issued = await consented(services, trx, {
        consumer,
        accountId: accounts[holder.name] ?? '',
        scopes,
        bounds,
      });
      if (caller.secret === 'OAuth token')
        return { id: issued.accessId, secret: issued.access.reveal(), consumer };
      return { id: issued.accessId, secret: issued.refresh?.reveal() ?? '', consumer };
    }
    const own = await secretOf(services, trx, consumer, bounds);
    if (caller.secret === 'consumer secret') return { id: own.id, secret: own.secret.reveal(), consumer };
    const issued = await issueForConsumer(trx, keys, { consumer, secretId: own.id, scopes }, LIVES, NOON);
    if (issued.type !== 'tokens') throw new Error('No token was issued.');
    await pushLayer(trx, issued.accessId, bounds);
    return { id: issued.accessId, secret: issued.access.reveal(), consumer };
  });
}

async function consented(
  { keys }: Services,
  trx: Handle,
  wanted: {
    readonly consumer: Consumer;
    readonly accountId: string;
    readonly scopes: readonly Scope[];
    readonly bounds: readonly Bound[];
  },
) {
  const { consumer, accountId, scopes, bounds } = wanted;
  const asked = {
    consumerId: consumer.id,
    accountId,
    type: 'tokens',
    scopes,
    bounds,
    label: null,
    expiresAt: null,
  } as const;
  const consent = await holdConsent(trx, await createConsent(trx, asked, NOON));
  if (consent === undefined) throw new Error('The consent does not hold.');
  const family = { consumer, consent, familyId: consent.id, scopes };
  const outcome = await issueForConsent(trx, keys, family, LIVES, NOON);
  if (!('issued' in outcome) || outcome.issued.type !== 'tokens') throw new Error('No token was issued.');
  return outcome.issued;
}

function secretOf(
  { keys }: Services,
  trx: Handle,
  consumer: Consumer,
  bounds: readonly Bound[],
): Promise<{ readonly id: string; readonly secret: Secret }> {
  const secret = {
    kind: 'oauth_consumer_secret',
    owner: { type: 'consumer', id: consumer.id },
    label: consumer.name,
    scopes: [],
    notBefore: null,
    expiresAt: null,
    bounds,
    familyId: consumer.id,
    createdBy: null,
  } as const;
  return createCredential(trx, keys, secret, NOON);
}

/** Ends what a credential came of, and leaves its own row as it is. */
async function settleBehind({ database }: Services, { state }: Caller, consumer: Consumer): Promise<void> {
  if (state === 'consent withdrawn') {
    await database
      .updateTable('oauth_consent')
      .set({ revoked_at: NOON - 1 })
      .where('consumer_id', '=', consumer.id)
      .execute();
  }
  if (state === 'consumer deleted') {
    await database
      .updateTable('oauth_consumer')
      .set({ deleted_at: NOON - 1 })
      .where('id', '=', consumer.id)
      .execute();
    if ((await consumerById(database, consumer.id)) !== undefined)
      throw new Error('The consumer is still there.');
  }
  if (state === 'secret revoked') {
    await database
      .updateTable('credential')
      .set({ revoked_at: NOON - 1 })
      .where('owner_id', '=', consumer.id)
      .where('kind', '=', 'oauth_consumer_secret')
      .execute();
  }
}
