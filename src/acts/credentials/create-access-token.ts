import {
  chooseExpiry,
  chooseLabel,
  chooseNotBefore,
  chooseScopes,
  createCredential,
  findById,
  type Secret,
} from '../../credentials/index.ts';
import { accountOf, describeBound, type Grant } from '../../gate/index.ts';
import { findWorkspace, holdRepository } from '../../hosting/index.ts';
import type { Services } from '../../services.ts';
import { tellOfKey } from '../accounts/tell.ts';
import { change } from '../transaction.ts';
import { confine, type Confinement } from './confinement.ts';

export interface NewAccessToken {
  readonly id: string;
  readonly secret: Secret;
  /** Address of the bot, for `git config user.email`. */
  readonly botEmail: string;
}

/**
 * Makes a repository access token with an app user of its own. The secret is in the answer and can never be had again.
 * Throws `Problem` for a bad name, scope or expiry.
 */
export async function createAccessToken(
  services: Services,
  grant: Grant<'access_token.create'>,
  input: {
    readonly name: string;
    readonly scopes: readonly string[];
    readonly expiresAt: number | null;
    readonly notBefore?: number | null;
    readonly confinement?: Confinement;
  },
): Promise<NewAccessToken> {
  const [repository] = grant.targets;
  const workspace = await findWorkspace(services.database, `{${repository.workspace.id}}`);
  const label = chooseLabel(input.name);
  const scopes = chooseScopes('repository_access_token', input.scopes);
  const expiresAt = chooseExpiry(input.expiresAt, services.clock(), workspace?.tokensMayLiveForever === true);
  const notBefore = chooseNotBefore(input.notBefore ?? null, expiresAt);
  const bounds = await confine(services, grant.principal, input.confinement ?? {});
  const created = await change(
    services,
    grant,
    async (trx, now) => {
      await holdRepository(trx, repository);
      const made = await createCredential(
        trx,
        services.keys,
        {
          kind: 'repository_access_token',
          owner: { type: 'repository', id: repository.id },
          label,
          scopes,
          notBefore,
          expiresAt,
          bounds,
          createdBy: accountOf(grant.principal)?.id ?? null,
        },
        now,
      );
      const path = `/${repository.workspace.slug}/${repository.slug}/settings/access-tokens/${made.id}`;
      await tellOfKey(trx, services, grant, { kind: 'repository access token', label, path }, now);
      return made;
    },
    ({ id }) => ({
      target: { type: 'credential', id },
      detail: {
        label,
        scopes,
        repository: repository.id,
        bounds: bounds.map((bound) => describeBound(bound)),
      },
    }),
  );
  const found = await findById(services.database, created.id);
  return { ...created, botEmail: `${found?.row.app_user_account_id}@bots.${services.settings.botHost}` };
}
