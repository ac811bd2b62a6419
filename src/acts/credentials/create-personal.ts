import {
  chooseExpiryOf,
  chooseLabel,
  chooseNotBefore,
  chooseScopes,
  createCredential,
  type Secret,
} from '../../credentials/index.ts';
import { accountOf, CREDENTIAL_KINDS, describeBound } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { tellOfKey } from '../accounts/tell.ts';
import { change } from '../transaction.ts';
import { confine, type Confinement } from './confinement.ts';
import { personalKindOf, personalPath, type PersonalGrant } from './personal.ts';

/**
 * Makes an app password or an API token, by the operation of the grant, for its account. The secret is in the answer and can
 * never be had again. Throws `Problem` for a bad label, scope or expiry.
 */
export async function createPersonalCredential(
  services: Services,
  grant: PersonalGrant<'create'>,
  input: {
    readonly label: string;
    readonly scopes: readonly string[];
    readonly notBefore?: number | null;
    /** Where none is given, an app password lives until it is revoked, and an API token as long as is usual. */
    readonly expiresAt?: number | null;
    readonly confinement?: Confinement;
  },
): Promise<{ readonly id: string; readonly secret: Secret; readonly expiresAt: number | null }> {
  const [account] = grant.targets;
  const kind = personalKindOf(grant.operation);
  const label = chooseLabel(input.label);
  const scopes = chooseScopes(kind, input.scopes);
  const expiresAt = chooseExpiryOf(kind, input.expiresAt ?? null, services.clock(), true);
  const notBefore = chooseNotBefore(input.notBefore ?? null, expiresAt);
  const bounds = await confine(services, grant.principal, input.confinement ?? {});
  const made = await change(
    services,
    grant,
    async (trx, now) => {
      const created = await createCredential(
        trx,
        services.keys,
        {
          kind,
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
      const told = {
        kind: CREDENTIAL_KINDS[kind].title,
        label,
        of: null,
        replaces: null,
        path: personalPath(kind, created.id),
      };
      await tellOfKey(trx, services, grant, told, now);
      return created;
    },
    ({ id }) => ({
      target: { type: 'credential', id },
      detail: { label, scopes, bounds: bounds.map((bound) => describeBound(bound)) },
    }),
  );
  return { ...made, expiresAt };
}
