import { createCredential } from '../credentials/create.ts';
import type { DigestKeys } from '../credentials/digest-keys.ts';
import { findById } from '../credentials/find.ts';
import type { Secret } from '../credentials/secret.ts';
import { stateOf, type Credential } from '../credentials/credential.ts';
import { hasNotEnded } from '../credentials/ended.ts';
import { selectCredentials } from '../credentials/find.ts';
import { completeListed } from '../credentials/list.ts';
import type { Scope } from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';

/**
 * Makes a job token of a policy: a child of it that acts as the same bot. Undefined where the policy is not active at this
 * moment, `too many` where as many live as there can be. Wants a transaction in which nothing else changes credentials.
 *
 * @param label what the job calls itself
 */
export async function issueJobToken(
  db: Handle,
  keys: DigestKeys,
  wanted: {
    readonly policyId: string;
    readonly label: string;
    readonly scopes: readonly Scope[];
    readonly lifetimeMs: number;
  },
  now: number,
): Promise<
  { readonly id: string; readonly secret: Secret; readonly expiresAt: number } | 'too many' | undefined
> {
  const policy = await findById(db, wanted.policyId);
  if (policy === undefined || stateOf(policy.row, now).state !== 'active') return undefined;
  if ((await countLiving(db, wanted.policyId, now)) >= MOST_LIVING) return 'too many';
  const { row } = policy;
  const expiresAt = Math.min(now + wanted.lifetimeMs, row.expires_at ?? Infinity);
  const made = await createCredential(
    db,
    keys,
    {
      kind: 'federated_job_token',
      owner: { type: row.owner_type, id: row.owner_id },
      label: wanted.label,
      scopes: wanted.scopes,
      notBefore: null,
      expiresAt,
      bounds: [],
      // Whose family it is of is whose bot it is.
      familyId: row.family_id,
      parentId: row.id,
      createdBy: null,
    },
    now,
  );
  return { ...made, expiresAt };
}

/** They end by themselves within an hour: a thousand jobs at once, and nobody asks for more. */
const MOST_LIVING = 1000;

async function countLiving(db: Handle, policyId: string, now: number): Promise<number> {
  const { size } = await db
    .selectFrom('credential')
    .select(({ fn }) => fn.countAll<string | number>().as('size'))
    .where('parent_id', '=', policyId)
    // What has expired is passed over by index.
    .where('expires_at', '>', now)
    .where((where) => hasNotEnded(where, now))
    .executeTakeFirstOrThrow();
  return Number(size);
}

/** One job token of a policy that has not ended, by its public id; undefined where there is none. */
export async function jobTokenOf(
  db: Handle,
  policyId: string,
  id: string,
  now: number,
): Promise<Credential | undefined> {
  const rows = await selectCredentials(db)
    .where('credential.id', '=', id)
    .where('credential.parent_id', '=', policyId)
    .where((where) => hasNotEnded(where as never, now))
    .execute();
  return (await completeListed(db, rows, now))[0];
}

const MOST_LISTED = 100;

/** The job tokens of a policy that have not ended, newest first, and how many there are. */
export async function livingJobTokens(
  db: Handle,
  policyId: string,
  now: number,
): Promise<{ readonly tokens: readonly Credential[]; readonly size: number }> {
  const rows = await selectCredentials(db)
    .where('credential.parent_id', '=', policyId)
    .where('credential.expires_at', '>', now)
    .where((where) => hasNotEnded(where as never, now))
    .orderBy('credential.created_at', 'desc')
    .orderBy('credential.id')
    .limit(MOST_LISTED)
    .execute();
  return { tokens: await completeListed(db, rows, now), size: await countLiving(db, policyId, now) };
}
