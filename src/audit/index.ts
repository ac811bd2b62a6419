import {
  accountOf,
  appUserOf,
  type OperationName,
  type PrincipalData,
  type TargetType,
} from '../gate/index.ts';
import type { Handle } from '../store/handle.ts';

export interface AuditEntry {
  readonly principal: PrincipalData;
  readonly address: string | null;
  readonly operation: OperationName;
  readonly target?: { readonly type: TargetType | 'credential' | 'session'; readonly id: string };
  /** Never a secret. */
  readonly detail?: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
}

/** Writes down that something was changed, by whom. Give it the transaction of the change, so that both stand or fall. */
export async function recordAudit(db: Handle, entry: AuditEntry, now: number): Promise<void> {
  const { principal } = entry;
  await db
    .insertInto('audit')
    .values({
      at: now,
      actor_type: principal.type,
      actor_id: actorId(principal),
      credential_id: principal.type === 'credential' ? principal.credentialId : null,
      address: entry.address,
      operation: entry.operation,
      target_type: entry.target?.type ?? null,
      target_id: entry.target?.id ?? null,
      detail: JSON.stringify(entry.detail ?? {}),
    })
    .execute();
}

function actorId(principal: PrincipalData): string | null {
  if (principal.type === 'job') return principal.name;
  return appUserOf(principal)?.id ?? accountOf(principal)?.id ?? null;
}

/** Whether anything was ever written down of it. */
export async function wasTarget(db: Handle, type: TargetType, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('audit')
    .select('sequence')
    .where('target_type', '=', type)
    .where('target_id', '=', id)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** When this was last done to it; null where it never was. */
export async function lastDone(
  db: Handle,
  operation: OperationName,
  type: TargetType,
  id: string,
): Promise<number | null> {
  const row = await db
    .selectFrom('audit')
    .select('at')
    .where('target_type', '=', type)
    .where('target_id', '=', id)
    .where('operation', '=', operation)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.at ?? null;
}
