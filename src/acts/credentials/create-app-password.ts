import {
  chooseExpiry,
  chooseLabel,
  chooseNotBefore,
  chooseScopes,
  createCredential,
  type Secret,
} from '../../credentials/index.ts';
import { accountOf, describeBound, type Grant } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { tellOfKey } from '../accounts/tell.ts';
import { change } from '../transaction.ts';
import { confine, type Confinement } from './confinement.ts';

/**
 * Makes an app password for the account of the grant. The secret is in the answer and can never be had again. Throws
 * `Problem` for a bad label or scope.
 */
export async function createAppPassword(
  services: Services,
  grant: Grant<'app_password.create'>,
  input: {
    readonly label: string;
    readonly scopes: readonly string[];
    readonly notBefore?: number | null;
    readonly expiresAt?: number | null;
    readonly confinement?: Confinement;
  },
): Promise<{ readonly id: string; readonly secret: Secret }> {
  const [account] = grant.targets;
  const label = chooseLabel(input.label);
  const scopes = chooseScopes('app_password', input.scopes);
  const expiresAt = chooseExpiry(input.expiresAt ?? null, services.clock(), true);
  const notBefore = chooseNotBefore(input.notBefore ?? null, expiresAt);
  const bounds = await confine(services, grant.principal, input.confinement ?? {});
  return change(
    services,
    grant,
    async (trx, now) => {
      const made = await createCredential(
        trx,
        services.keys,
        {
          kind: 'app_password',
          owner: { type: 'account', id: account.id },
          label,
          scopes,
          notBefore,
          expiresAt,
          bounds,
          createdBy: accountOf(grant.principal)?.id ?? null,
        },
        now,
      );
      const path = `/account/settings/app-passwords/${made.id}`;
      await tellOfKey(trx, services, grant, { kind: 'app password', label, path }, now);
      return made;
    },
    ({ id }) => ({
      target: { type: 'credential', id },
      detail: { label, scopes, bounds: bounds.map((bound) => describeBound(bound)) },
    }),
  );
}
