import {
  chooseExpiryOf,
  chooseOverlap,
  credentialsById,
  createSuccessor,
  DAY_MS,
  findById,
  isDerived,
  isReplaceable,
  stateOf,
  type FoundCredential,
  type ReplaceableKind,
  type Secret,
} from '../../credentials/index.ts';
import { accountOf, CREDENTIAL_KINDS, type CredentialKind, type Grant } from '../../gate/index.ts';
import { nameAlike } from '../../hosting/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { tellOfKey } from '../accounts/tell.ts';
import { change } from '../transaction.ts';
import { isPersonal, personalKindOf, personalPath, type PersonalGrant } from './personal.ts';
import { hasEnded } from './standing.ts';
import { lineOf } from './succession.ts';
import {
  isAmongTokens,
  isTokenOwner,
  holdPlace,
  mayLiveForever,
  tokenPlaceOf,
  type TokenGrant,
} from './token-place.ts';

type ReplacingGrant = PersonalGrant<'rotate'> | TokenGrant<'rotate'> | Grant<'credential.rotate'>;

/** For how many days what was replaced goes on working where nobody says. */
export const USUAL_OVERLAP_DAYS = 7;

/** What somebody wrote as a number of days, or what is no number where it was none: an empty text is not 0. */
export const overlapIn = (text: string): number => (/^\d{1,9}$/.test(text) ? Number(text) : Number.NaN);

/** How a credential is replaced. */
export interface Replacement {
  /** For how many days the one before goes on working; 0 ends it at once. */
  readonly overlapDays: number;
  /** Of the successor; where nothing is said, it lives as long as the one before was made for. */
  readonly expiresAt?: number | null;
}

export interface Successor {
  readonly id: string;
  readonly kind: ReplaceableKind;
  readonly label: string;
  readonly scopes: readonly string[];
  readonly secret: Secret;
  readonly expiresAt: number | null;
  /** Address of the bot that both act as, if any. */
  readonly botEmail: string | null;
  /** Public id of the one before. */
  readonly replaces: string;
  /** When the one before stops: at the end of the overlap, or sooner where it was to end sooner. */
  readonly earlierEndsAt: number;
}

/**
 * Gives a live app password, API token or access token a successor: another secret with the same label, scopes and bounds,
 * acting as the same bot, while the one before works on for the overlap. The secret is in the answer and can never be had again.
 * Throws `Problem` for one that is not the grant's, has ended or was replaced before, and for bad input; then nothing has changed.
 */
export async function replaceCredential(
  services: Services,
  grant: ReplacingGrant,
  id: string,
  { overlapDays, expiresAt }: Replacement,
): Promise<Successor> {
  const overlapMs = chooseOverlap(overlapDays) * DAY_MS;
  return change(
    services,
    grant,
    async (trx, now) => {
      const found = await findById(trx, id);
      if (found === undefined || !(await isOf(trx, grant, found)))
        throw new Problem('not_found', `There is no credential ${id} here.`);
      if (hasEnded(stateOf(found.row, now))) throw await over(trx, id, now);
      const kind = replaceable(found);
      const { row } = found;
      const owner = { type: row.owner_type, id: row.owner_id };
      const place = isTokenOwner(owner) ? await tokenPlaceOf(trx, owner) : undefined;
      if (place !== undefined) await holdPlace(trx, place);
      const lives = row.expires_at === null ? null : now + (row.expires_at - row.created_at);
      const wanted = {
        kind,
        retiresAt: now + overlapMs,
        expiresAt: chooseExpiryOf(
          kind,
          expiresAt === undefined ? lives : expiresAt,
          now,
          place === undefined || (await mayLiveForever(trx, place.workspaceId)),
        ),
        createdBy: accountOf(grant.principal)?.id ?? null,
      };
      const created = await createSuccessor(trx, services.keys, found, wanted, now);
      await nameAlike(trx, id, created.id);
      const { title } = CREDENTIAL_KINDS[kind];
      const path = isPersonal(kind) ? personalPath(kind, created.id) : `${place?.path}/${created.id}`;
      const told = { kind: title, label: row.label, of: place?.called ?? null, replaces: id, path };
      await tellOfKey(trx, services, grant, told, now);
      return {
        ...created,
        kind,
        label: row.label,
        scopes: found.scopes,
        expiresAt: wanted.expiresAt,
        botEmail:
          row.app_user_account_id === null
            ? null
            : `${row.app_user_account_id}@bots.${services.settings.botHost}`,
        replaces: id,
        earlierEndsAt: Math.min(wanted.retiresAt, row.retires_at ?? Infinity, row.expires_at ?? Infinity),
      };
    },
    ({ id: successor, label, expiresAt: ends }) => ({
      target: { type: 'credential', id: successor },
      detail: { replaces: id, label, overlapDays, expiresAt: ends },
    }),
  );
}

/** Knowing an id is never enough: it has to be among what the grant is for. */
async function isOf(db: Handle, grant: ReplacingGrant, { kind, row }: FoundCredential): Promise<boolean> {
  switch (grant.operation) {
    case 'app_password.rotate':
    case 'api_token.rotate':
      return kind === personalKindOf(grant.operation) && row.owner_id === grant.targets[0].id;
    case 'access_token.rotate':
    case 'workspace_access_token.rotate':
      return isAmongTokens(db, grant, { type: row.owner_type, id: row.owner_id });
    case 'credential.rotate':
      return true;
  }
}

/** What to do instead, of what cannot be replaced. */
const INSTEAD: Readonly<Record<Exclude<CredentialKind, ReplaceableKind>, string>> = {
  ssh_key: 'add another key and remove this one',
  access_key: 'add another key and remove this one',
  trust_policy: 'create another policy and revoke this one',
  federated_job_token: 'let its job exchange another token',
  oauth_access_token: 'let its application ask for another one',
  oauth_refresh_token: 'let its application ask for another one',
  oauth_consumer_secret: 'replace the secret of its OAuth consumer',
};

function replaceable({ row, kind, bounds, parent }: FoundCredential): ReplaceableKind {
  if (!isReplaceable(kind))
    throw new Problem(
      'invalid',
      `App passwords, API tokens and access tokens are replaced. Instead of this, ${INSTEAD[kind]}.`,
    );
  if (isDerived({ kind, parent }))
    throw new Problem(
      'conflict',
      'A derived token is not replaced: derive another one from what it came of.',
    );
  if (row.paused_at !== null) throw new Problem('conflict', 'It is paused: resume it before it is replaced.');
  if (bounds.some((bound) => bound.kind === 'uses' || bound.kind === 'pushes'))
    throw new Problem(
      'conflict',
      'It is good for a number of uses, of which two would have as many as one. Make a new one instead.',
    );
  return kind;
}

/** What to do instead of replacing one that has ended. */
async function over(trx: Handle, id: string, now: number): Promise<Problem> {
  const credential = (await credentialsById(trx, [id], now)).get(id);
  const line = credential === undefined ? undefined : await lineOf(trx, credential, now);
  const successor = line?.successor ?? null;
  const ended = credential?.state === 'revoked' ? 'was revoked' : 'has expired';
  if (successor === null)
    return new Problem('conflict', `${id} ${ended}, and what has ended cannot be replaced: make a new one.`);
  return new Problem(
    'conflict',
    `${id} was replaced and has ended. ${successor.id} took its place${
      hasEnded(successor) ? ', and has ended as well: make a new one.' : ': replace that.'
    }`,
  );
}
