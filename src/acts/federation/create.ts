import { chooseExpiry, chooseLabel, chooseNotBefore, chooseScopes } from '../../credentials/index.ts';
import {
  chooseAudience,
  chooseConditions,
  conditionText,
  insertPolicy,
  issuerNamed,
  type Condition,
} from '../../federation/index.ts';
import { accountOf, CREDENTIAL_KINDS, describeBound, type Grant } from '../../gate/index.ts';
import { invalid, Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { tellOfKey } from '../accounts/tell.ts';
import { confine, type Confinement } from '../credentials/confinement.ts';
import { holdPlace, mayLiveForever, tokenPlaceOf } from '../credentials/token-place.ts';
import { change } from '../transaction.ts';

const USUAL_MINUTES = 15;
const MOST_MINUTES = 60;

export interface NewTrustPolicy {
  readonly name: string;
  /** URL of a registered issuer. */
  readonly issuer: string;
  /** Null for the address of this host. */
  readonly audience: string | null;
  readonly conditions: readonly Condition[];
  readonly scopes: readonly string[];
  readonly expiresAt: number | null;
  readonly notBefore?: number | null;
  /** How long a job token lives. */
  readonly lifetimeMinutes?: number | undefined;
  readonly confinement?: Confinement;
}

/**
 * Makes a trust policy of the grant's repository, with a bot of its own, which its job tokens act as. Throws `Problem` for a
 * bad name, issuer, audience, condition, scope, lifetime or expiry.
 */
export async function createTrustPolicy(
  services: Services,
  grant: Grant<'trust_policy.create'>,
  input: NewTrustPolicy,
): Promise<string> {
  const [{ id: repositoryId, workspace }] = grant.targets;
  const owner = { type: 'repository', id: repositoryId } as const;
  const place = await tokenPlaceOf(services.database, owner);
  if (place === undefined) throw new Problem('conflict', 'This place was deleted at this moment.');
  const label = chooseLabel(input.name);
  const issuer = await issuerNamed(services.database, input.issuer.trim());
  if (issuer === undefined)
    throw invalid(
      'issuer',
      `This host knows no issuer ${JSON.stringify(input.issuer.slice(0, 200))}: choose one that its administrator registered.`,
    );
  const audience = chooseAudience(input.audience ?? services.publicUrl);
  const conditions = chooseConditions(input.conditions, issuer.immutableClaims);
  const lifetimeMs = chooseLifetime(input.lifetimeMinutes ?? USUAL_MINUTES);
  const scopes = chooseScopes('federated_job_token', input.scopes);
  const expiresAt = chooseExpiry(input.expiresAt, services.clock(), true);
  const notBefore = chooseNotBefore(input.notBefore ?? null, expiresAt);
  const bounds = await confine(services, grant.principal, input.confinement ?? {}, place);
  return change(
    services,
    grant,
    async (trx, now) => {
      // Where the grant found it: one that was transferred since is nothing to whoever was admin there.
      await holdPlace(trx, { owner, workspaceId: workspace.id });
      chooseExpiry(expiresAt, now, await mayLiveForever(trx, workspace.id));
      if ((await issuerNamed(trx, issuer.issuer))?.id !== issuer.id)
        throw new Problem('conflict', 'This issuer was removed at this moment.');
      const createdBy = accountOf(grant.principal)?.id ?? null;
      const credential = { owner, label, scopes, notBefore, expiresAt, bounds, createdBy };
      const policy = { issuerId: issuer.id, audience, conditions, lifetimeMs };
      const id = await insertPolicy(trx, credential, policy, now);
      const about = {
        kind: CREDENTIAL_KINDS.trust_policy.title,
        label,
        of: place.called,
        replaces: null,
        path: `/${workspace.slug}/${grant.targets[0].slug}/settings/trust-policies/${id}`,
      };
      await tellOfKey(trx, services, grant, about, now);
      return id;
    },
    (id) => ({
      target: { type: 'credential', id },
      detail: {
        label,
        issuer: issuer.issuer,
        audience,
        conditions: conditions.map(conditionText),
        scopes,
        repository: repositoryId,
        bounds: bounds.map((bound) => describeBound(bound)),
      },
    }),
  );
}

function chooseLifetime(minutes: number): number {
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > MOST_MINUTES)
    throw invalid('lifetime', `A job token lives for a whole number of minutes from 1 to ${MOST_MINUTES}.`);
  return minutes * 60_000;
}
