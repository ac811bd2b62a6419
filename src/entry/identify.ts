import { findSession, findSessionAgain, subjectById, type LiveSession } from '../accounts/index.ts';
import {
  actingRow,
  examineSecret,
  findByFingerprint,
  findBySecret,
  findById,
  findEach,
  isDerived,
  isReplaced,
  stateOf,
  type FoundCredential,
  type Secret,
} from '../credentials/index.ts';
import {
  CREDENTIAL_KINDS,
  heldScopes,
  isAnyScope,
  Refused,
  type ConsumerOwner,
  type CredentialPrincipal,
  type PrincipalData,
  type Refusal,
  type UserName,
} from '../gate/index.ts';
import { sealPrincipal, type Principal } from '../gate/sealed.ts';
import type { Consumer } from '../oauth/index.ts';
import { behindEach, behindOne, type Behind } from './behind.ts';
import type { Gateway } from './gateway.ts';
import type { Presented } from './presented.ts';

/** Which family of doors a credential is presented at: what it accepts is declared with each kind. */
export type Surface = 'git' | 'rest' | 'web' | 'oauth' | 'ssh';

/**
 * Turns what was presented into a principal, or throws `Refused`. The secret is looked at first: its prefix names its
 * kind, and only then is the user name held against that kind. What was presented and is wrong never becomes anonymous.
 */
export async function identify(gateway: Gateway, presented: Presented, surface: Surface): Promise<Principal> {
  switch (presented.type) {
    case 'nothing':
      return sealPrincipal({ type: 'anonymous' });
    case 'malformed':
      throw new Refused({ code: 'credentials_malformed', why: presented.why });
    case 'cookie':
      return identifySession(gateway, presented.token);
    case 'basic':
    case 'bearer': {
      // A credential opens no web page (the laws of the gate, 7).
      if (surface === 'web') throw new Refused({ code: 'page_takes_no_credential' });
      if (surface === 'ssh') throw new Refused({ code: 'secret_unknown' });
      return identifyCredential(gateway, presented, surface);
    }
    case 'key':
      if (surface !== 'ssh') throw new Refused({ code: 'secret_unknown' });
      return identifyKey(gateway, presented);
  }
}

const identifySession = async (gateway: Gateway, token: Secret): Promise<Principal> =>
  principalOfSession(gateway, await findSession(gateway.database, token.reveal(), gateway.clock()));

/**
 * A cookie that names no live session is as good as none: the page then asks to sign in. So is one from before the account
 * had a second step, or of a sign-in that was overtaken by it.
 */
async function principalOfSession(gateway: Gateway, session: LiveSession | undefined): Promise<Principal> {
  const account = session === undefined ? undefined : await subjectById(gateway.database, session.accountId);
  if (session === undefined || account === undefined || (account.hasTwoStep && !session.passedTwoStep)) {
    return sealPrincipal({ type: 'anonymous' });
  }
  const { id: sessionId, confirmedAt } = session;
  return sealPrincipal({ type: 'session', sessionId, confirmedAt, account });
}

async function identifyCredential(
  gateway: Gateway,
  presented: Presented & { type: 'basic' | 'bearer' },
  surface: Exclude<Surface, 'web' | 'ssh'>,
): Promise<Principal> {
  const form = examineSecret(presented.secret);
  if (form === undefined) {
    // An account password most likely: said without a look-up and without hashing anything.
    throw new Refused({ code: presented.type === 'basic' ? 'secret_not_ours' : 'secret_unknown' });
  }
  const found =
    form === 'malformed' ? undefined : await findBySecret(gateway.database, gateway.keys, presented.secret);
  if (found === undefined || (isDerived(found) ? 'derived' : found.kind) !== form)
    throw new Refused({ code: 'secret_unknown' });
  const principal = await principalOf(gateway, found);
  const end = endOf(found, principal, gateway.clock());
  // Before the form: whoever tries a secret that has ended in several ways hears of its end, and its owner of them.
  refuseEnded(end);
  refuseWrongForm(principal, presented, surface);
  refusePaused(end, principal);
  return sealPrincipal(principal);
}

/** The key whose holder proved it; that it is registered is looked up here and now. */
async function identifyKey(gateway: Gateway, presented: Presented & { type: 'key' }): Promise<Principal> {
  const found = await findByFingerprint(gateway.database, presented.key.fingerprint);
  if (found === undefined || !CREDENTIAL_KINDS[found.kind].ssh) throw new Refused({ code: 'secret_unknown' });
  const principal = await principalOf(gateway, found);
  const end = endOf(found, principal, gateway.clock());
  refuseEnded(end);
  refuseWrongName(principal, presented.userName, 'ssh');
  refusePaused(end, principal);
  return sealPrincipal(principal);
}

/**
 * Whether a key that is offered and not yet proven is worth a signature: it is registered and has not ended. Nobody is
 * let in by it, and a client goes on to its next key where it is not.
 */
export async function isLiveKey(gateway: Gateway, fingerprint: string): Promise<boolean> {
  const found = await findByFingerprint(gateway.database, fingerprint);
  return found !== undefined && stateOf(found.row, gateway.clock()).state === 'active';
}

/** The same principal with its state read anew, for a decision that is taken again later. Throws `Refused` as `identify` does. */
export async function identifyAgain(gateway: Gateway, before: PrincipalData): Promise<Principal> {
  if (before.type === 'credential') {
    const found = await findById(gateway.database, before.credentialId);
    if (found === undefined) throw new Refused({ code: 'secret_unknown' });
    const principal = await principalOf(gateway, found);
    const end = endOf(found, principal, gateway.clock());
    refuseEnded(end);
    refusePaused(end, principal);
    return sealPrincipal(principal);
  }
  if (before.type === 'session') {
    const session = await findSessionAgain(gateway.database, before.sessionId, gateway.clock());
    return principalOfSession(gateway, session);
  }
  return sealPrincipal(before);
}

/** The command line: whoever can read the data folder is the operator. */
export const identifyOperator = (): Principal => sealPrincipal({ type: 'operator' });

/** A task of the host itself. */
export const identifyJob = (name: string): Principal => sealPrincipal({ type: 'job', name });

async function principalOf(
  gateway: Gateway,
  found: FoundCredential,
  now: number = gateway.clock(),
  behind: Behind = behindOne(gateway.database, now),
): Promise<CredentialPrincipal> {
  const { row, kind, bounds } = found;
  const scopes = await scopesNow(behind, found, now);
  const common = {
    type: 'credential',
    credentialId: row.id,
    kind,
    label: row.label,
    scopes,
    bounds,
    originId: firstOf(found).row.id,
  } as const;
  if (row.owner_type === 'account') {
    const account = await behind.account(row.owner_id);
    if (account === undefined) throw new Refused({ code: 'secret_unknown' });
    return { ...common, owner: { type: 'account', account } };
  }
  if (row.owner_type === 'consumer') {
    const consumer = await behind.consumer(row.owner_id);
    if (consumer === undefined || consumer.workspaceId === null) {
      // Deleted: everything of it was revoked with it, and whoever holds that is told so.
      throw new Refused(endOf(found, { credentialId: row.id, kind }, now) ?? { code: 'secret_unknown' });
    }
    return { ...common, owner: consumerOwner(gateway, consumer, consumer.workspaceId) };
  }
  const bot = actingRow(found);
  if (bot.app_user_id === null) throw new Refused({ code: 'secret_unknown' });
  const appUser = {
    id: bot.app_user_id,
    displayName: bot.app_user_display_name ?? bot.label,
    email: `${bot.app_user_account_id}@bots.${gateway.settings.botHost}`,
  };
  if (row.owner_type === 'places') {
    const places = (await behind.places(row.id)) ?? [];
    return { ...common, owner: { type: 'places', places, appUser } };
  }
  const resource = await behind.resource(row.owner_type, row.owner_id);
  if (resource === undefined) throw new Refused({ code: 'secret_unknown' });
  return { ...common, owner: { ...resource, appUser } };
}

/**
 * A derived token holds nothing that its parent does not hold now. An OAuth token holds nothing that its consumer or the consent behind it does not hold now. Where one is gone the token was
 * revoked with it or had ended before, and its holder is told so; one that was not is refused as unknown, by throwing `Refused`.
 */
async function scopesNow(behind: Behind, found: FoundCredential, now: number): Promise<readonly string[]> {
  const { row, kind, scopes, parent } = found;
  if (parent !== null && isDerived(found)) {
    const above = heldScopes(await scopesNow(behind, parent, now));
    return scopes.filter((scope) => isAnyScope(scope) && above.has(scope));
  }
  if (kind !== 'oauth_access_token' && kind !== 'oauth_refresh_token') return scopes;
  const standing = await behind.token(row.id);
  if (standing === undefined) {
    const { state } = stateOf(row, now);
    if (state === 'revoked' || state === 'expired') return [];
    throw new Refused({ code: 'secret_unknown' });
  }
  return scopes.filter((scope) => standing.permits(scope));
}

const consumerOwner = ({ settings }: Gateway, consumer: Consumer, workspaceId: string): ConsumerOwner => ({
  type: 'consumer',
  consumerId: consumer.id,
  clientId: consumer.key,
  workspaceId,
  appUser: {
    id: consumer.id,
    displayName: consumer.name,
    email: `${consumer.appUserAccountId}@bots.${settings.botHost}`,
  },
});

/** Genuine, but sent with a user name or a scheme that does not belong to its kind: its holder is told which does. */
function refuseWrongForm(
  principal: CredentialPrincipal,
  presented: Presented & { type: 'basic' | 'bearer' },
  surface: Exclude<Surface, 'web' | 'ssh'>,
): void {
  const { credentialId, kind } = principal;
  const declared = CREDENTIAL_KINDS[kind];
  const accepted: readonly ('basic' | 'bearer')[] =
    surface === 'oauth' ? (kind === 'oauth_consumer_secret' ? ['basic'] : []) : declared[surface];
  if (accepted.length === 0) throw new Refused({ code: 'secret_elsewhere', credentialId, kind });
  if (!accepted.includes(presented.type)) {
    throw new Refused({
      code: 'scheme_wrong',
      credentialId,
      kind,
      expected: presented.type === 'basic' ? 'bearer' : 'basic',
    });
  }
  if (presented.type === 'bearer') return;
  refuseWrongName(principal, presented.userName, surface);
}

function refuseWrongName(
  principal: CredentialPrincipal,
  userName: string,
  surface: Exclude<Surface, 'web'>,
): void {
  const { credentialId, kind } = principal;
  const { userNames }: { readonly userNames: Partial<Record<Surface, readonly UserName[]>> } =
    CREDENTIAL_KINDS[kind];
  const right = userNames[surface] ?? [];
  const given = userName.toLowerCase();
  if (right.some((name) => userNameOf(name, principal)?.toLowerCase() === given)) return;
  const expected = right.flatMap((name) => toldAs(name, principal) ?? []);
  throw new Refused({ code: 'user_name_wrong', credentialId, kind, expected });
}

/** A user name of a credential, if it has one of this sort. */
function userNameOf(name: UserName, { owner }: CredentialPrincipal): string | undefined {
  if ('word' in name) return name.word;
  switch (name.of) {
    case 'owner':
      return owner.type === 'account' ? owner.account.username : undefined;
    case 'owner e-mail':
      return owner.type === 'account' ? owner.account.email : undefined;
    case 'client':
      return owner.type === 'consumer' ? owner.clientId : undefined;
  }
}

/** How it is told; an e-mail address is not told to whoever holds a secret alone. */
function toldAs(name: UserName, principal: CredentialPrincipal): string | undefined {
  const is = userNameOf(name, principal);
  if (is === undefined) return undefined;
  return 'of' in name && name.of === 'owner e-mail' ? 'the e-mail address of its owner' : `"${is}"`;
}

/** The data of a credential, for an examination: no principal, and so nothing that is let in. */
export interface CredentialAsItStands {
  readonly principal: CredentialPrincipal;
  readonly ended: Refusal | null;
}

/** By its public id. Undefined where there is none, or its owner is gone. */
export async function credentialAsItStands(
  gateway: Gateway,
  credentialId: string,
  now: number,
): Promise<CredentialAsItStands | undefined> {
  const found = await findById(gateway.database, credentialId);
  return found === undefined ? undefined : asItStands(gateway, found, now, behindOne(gateway.database, now));
}

/** The same of each of these, in a few statements for all of them; those of which it is undefined are left out. */
export async function credentialsAsTheyStand(
  gateway: Gateway,
  credentialIds: readonly string[],
  now: number,
): Promise<readonly CredentialAsItStands[]> {
  const found = [...(await findEach(gateway.database, credentialIds)).values()];
  const behind = await behindEach(gateway.database, found, now);
  const standing: CredentialAsItStands[] = [];
  for (const each of found) {
    const one = await asItStands(gateway, each, now, behind);
    if (one !== undefined) standing.push(one);
  }
  return standing;
}

async function asItStands(
  gateway: Gateway,
  found: FoundCredential,
  now: number,
  behind: Behind,
): Promise<CredentialAsItStands | undefined> {
  try {
    const principal = asIssued(await principalOf(gateway, found, now, behind));
    return { principal, ended: endOf(found, principal, now) };
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}

const firstOf = (found: FoundCredential): FoundCredential =>
  found.parent === null ? found : firstOf(found.parent);

/** A trust policy opens nothing itself: what is asked about it is what the job tokens may do that it issues. */
const asIssued = (principal: CredentialPrincipal): CredentialPrincipal =>
  principal.kind === 'trust_policy' ? { ...principal, kind: 'federated_job_token' } : principal;

function refuseEnded(end: Refusal | null): void {
  if (end?.code === 'credential_ended') throw new Refused(end);
}

/** Of what has not ended for good: it is paused, or has not begun. */
function refusePaused(
  end: Refusal | null,
  { credentialId: id, kind, scopes }: Pick<CredentialPrincipal, 'credentialId' | 'kind' | 'scopes'>,
): void {
  if (end !== null) throw new Refused(end, { id, kind, scopes });
}

function endOf(
  found: FoundCredential,
  { credentialId, kind }: Pick<CredentialPrincipal, 'credentialId' | 'kind'>,
  now: number,
): Refusal | null {
  const { state, at } = stateOf(found.row, now);
  if (state === 'active') {
    return found.parent === null ? null : endOf(found.parent, { credentialId, kind }, now);
  }
  return state === 'paused'
    ? {
        code: 'credential_paused',
        credentialId,
        kind,
        ...(at > now && { from: at }),
        ...(found.row.id !== credentialId && { above: found.row.id }),
      }
    : { code: 'credential_ended', credentialId, kind, state: isReplaced(found.row) ? 'replaced' : state, at };
}
