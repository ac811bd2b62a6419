import { stateOf } from '../credentials/credential.ts';
import type { DigestKeys } from '../credentials/digest-keys.ts';
import { findBySecret } from '../credentials/find.ts';
import { revokeCredentials } from '../credentials/revoke.ts';
import { examineSecret, type Secret } from '../credentials/secret.ts';
import { expandScopes, isScope } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';
import { inParts } from '../store/in-parts.ts';
import { scopesOf, type Consumer } from './consumers.ts';
import { words } from './words.ts';

/** What its consumer and the consent behind it let a token do now. */
export interface TokenStanding {
  readonly permits: (scope: string) => boolean;
}

/** What stands behind a token now, or undefined when its consumer or its consent is gone. */
export const tokenStanding = async (db: Handle, credentialId: string): Promise<TokenStanding | undefined> =>
  (await tokenStandings(db, [credentialId])).get(credentialId);

/** The same of each of these; those behind which nothing stands are not in it. */
export async function tokenStandings(
  db: Handle,
  credentialIds: readonly string[],
): Promise<ReadonlyMap<string, TokenStanding>> {
  const rows = await inParts(credentialIds, (part) => selectStandings(db, part).execute());
  return new Map(
    rows.flatMap((row) => {
      const standing = standingFrom(row);
      return standing === undefined ? [] : [[row.credential_id, standing]];
    }),
  );
}

const selectStandings = (db: Handle, credentialIds: readonly string[]) =>
  db
    .selectFrom('oauth_token')
    .innerJoin('oauth_consumer', 'oauth_consumer.id', 'oauth_token.consumer_id')
    .leftJoin('oauth_consent', 'oauth_consent.id', 'oauth_token.consent_id')
    .select([
      'oauth_token.credential_id',
      'oauth_consumer.workspace_id',
      'oauth_consumer.scopes',
      'oauth_consumer.deleted_at',
      'oauth_token.consent_id',
      'oauth_consent.scopes as consented',
      'oauth_consent.revoked_at',
    ])
    .where('oauth_token.credential_id', 'in', credentialIds);

type StandingRow = Awaited<ReturnType<ReturnType<typeof selectStandings>['executeTakeFirstOrThrow']>>;

function standingFrom(row: StandingRow): TokenStanding | undefined {
  if (row.deleted_at !== null || row.revoked_at !== null) return undefined;
  if (row.consent_id !== null && row.consented === null) return undefined;
  const ofConsumer = expandScopes(scopesOf(row));
  const ofConsent = row.consented === null ? ofConsumer : expandScopes(words(row.consented));
  return { permits: (scope) => isScope(scope) && ofConsumer.has(scope) && ofConsent.has(scope) };
}

/** A live token as its own consumer may know it (RFC 7662 §2.2). */
export interface TokenDescription {
  readonly kind: 'oauth_access_token' | 'oauth_refresh_token';
  readonly scopes: readonly string[];
  readonly owner: { readonly type: 'account' | 'consumer'; readonly id: string };
  readonly issuedAt: number;
  readonly expiresAt: number | null;
}

const isToken = (
  kind: ReturnType<typeof examineSecret>,
): kind is 'oauth_access_token' | 'oauth_refresh_token' =>
  kind === 'oauth_access_token' || kind === 'oauth_refresh_token';

/** A token of this consumer, whatever its state; undefined for everything else, which is no business of its. */
async function tokenOf(db: Handle, keys: DigestKeys, consumer: Consumer, secret: Secret) {
  const kind = examineSecret(secret);
  const found = isToken(kind) ? await findBySecret(db, keys, secret) : undefined;
  if (found === undefined || !isToken(kind) || found.kind !== kind) return undefined;
  const token = await db
    .selectFrom('oauth_token')
    .selectAll()
    .where('credential_id', '=', found.row.id)
    .executeTakeFirst();
  return token?.consumer_id === consumer.id ? { kind, found, token } : undefined;
}

/** Undefined for a token that is not this consumer's, or opens nothing any more: the two are not told apart. */
export async function describeToken(
  db: Handle,
  keys: DigestKeys,
  consumer: Consumer,
  secret: Secret,
  now: number,
): Promise<TokenDescription | undefined> {
  const own = await tokenOf(db, keys, consumer, secret);
  if (own === undefined) return undefined;
  const { kind, found, token } = own;
  const { row } = found;
  const standing = await tokenStanding(db, row.id);
  const lives =
    stateOf(row, now).state === 'active' &&
    token.used_at === null &&
    (found.parent === null || stateOf(found.parent.row, now).state === 'active');
  if (standing === undefined || !lives) return undefined;
  if (row.owner_type !== 'account' && row.owner_type !== 'consumer') return undefined;
  return {
    kind,
    scopes: found.scopes.filter((scope) => standing.permits(scope)),
    owner: { type: row.owner_type, id: row.owner_id },
    issuedAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

/**
 * Ends a token of this consumer (RFC 7009 §2.1): with a refresh token its whole family. Returns the public ids of what was
 * presented, or null when there was nothing to end. Wants a transaction.
 */
export async function endToken(
  db: Handle,
  keys: DigestKeys,
  consumer: Consumer,
  secret: Secret,
  now: number,
): Promise<string | null> {
  const own = await tokenOf(db, keys, consumer, secret);
  if (own === undefined) return null;
  const { id, family_id: family } = own.found.row;
  const ended = await revokeCredentials(
    db,
    own.kind === 'oauth_refresh_token' ? { family } : { id },
    null,
    now,
  );
  return ended === 0 ? null : id;
}
