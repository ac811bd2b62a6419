import {
  chooseExpiry,
  chooseLabel,
  chooseNotBefore,
  chooseScopes,
  createCredential,
  findById,
  type Secret,
} from '../../credentials/index.ts';
import { accountOf, CREDENTIAL_KINDS, describeBound, type Grant } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { tellOfKey } from '../accounts/tell.ts';
import { change } from '../transaction.ts';
import { confine, type Confinement } from './confinement.ts';
import {
  holdPlace,
  isOfRepository,
  mayLiveForever,
  tokenOwnerOf,
  tokenPlaceOf,
  type TokenGrant,
  type TokenPlace,
} from './token-place.ts';

export interface NewAccessToken {
  readonly id: string;
  readonly secret: Secret;
  readonly expiresAt: number | null;
  /** Address of the bot, for `git config user.email`. */
  readonly botEmail: string;
}

/**
 * Makes an access token of the grant's repository or workspace, or of a project of that, with an app user of its own. The
 * secret is in the answer and can never be had again. Throws `Problem` for a bad name, scope or expiry, for an
 * unknown project, and for bounds outside of its place.
 */
export async function createAccessToken(
  services: Services,
  grant: TokenGrant<'create'>,
  input: {
    readonly name: string;
    readonly scopes: readonly string[];
    readonly expiresAt: number | null;
    readonly notBefore?: number | null;
    readonly confinement?: Confinement;
    /** Key or `{uuid}` of a project of the grant's workspace, whose token it is to be. */
    readonly project?: string;
  },
): Promise<NewAccessToken> {
  const place = await placeFor(services, grant, input.project);
  const { kind, owner } = place;
  const label = chooseLabel(input.name);
  const scopes = chooseScopes(kind, input.scopes);
  const expiresAt = chooseExpiry(input.expiresAt, services.clock(), true);
  const notBefore = chooseNotBefore(input.notBefore ?? null, expiresAt);
  const bounds = await confine(services, grant.principal, input.confinement ?? {}, place);
  const created = await change(
    services,
    grant,
    async (trx, now) => {
      // Where the grant found it: one that was transferred since is nothing to whoever was admin there.
      await holdPlace(trx, { owner, workspaceId: workspaceOf(grant) });
      chooseExpiry(expiresAt, now, await mayLiveForever(trx, workspaceOf(grant)));
      const createdBy = accountOf(grant.principal)?.id ?? null;
      const wanted = { kind, owner, label, scopes, notBefore, expiresAt, bounds, createdBy };
      const made = await createCredential(trx, services.keys, wanted, now);
      const about = {
        kind: CREDENTIAL_KINDS[kind].title,
        label,
        of: place.called,
        replaces: null,
        path: `${place.path}/${made.id}`,
      };
      await tellOfKey(trx, services, grant, about, now);
      return made;
    },
    ({ id }) => ({
      target: { type: 'credential', id },
      detail: {
        label,
        scopes,
        [owner.type]: owner.id,
        bounds: bounds.map((bound) => describeBound(bound)),
      },
    }),
  );
  const found = await findById(services.database, created.id);
  return {
    ...created,
    expiresAt,
    botEmail: `${found?.row.app_user_account_id}@bots.${services.settings.botHost}`,
  };
}

/** Where one of a grant would be made. Throws `Problem` for an unknown project. */
async function placeFor(
  { database }: Services,
  grant: TokenGrant<'create'>,
  project: string | undefined,
): Promise<TokenPlace> {
  const place = await tokenPlaceOf(database, await tokenOwnerOf(database, grant, project));
  if (place === undefined) throw new Problem('conflict', 'This place was deleted at this moment.');
  return place;
}

type Making = TokenGrant<'create'> | TokenGrant<'rotate'> | Grant<'trust_policy.create'>;

/** Whether what the grant makes or replaces may live without an end. */
export async function mayTokensLiveForever({ database }: Services, grant: Making): Promise<boolean> {
  return mayLiveForever(database, workspaceOf(grant));
}

const workspaceOf = (grant: Making): string =>
  (isOfRepository(grant) ? grant.targets[0].workspace : grant.targets[0]).id;
