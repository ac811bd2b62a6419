import type { Grant, OperationName } from '../gate/index.ts';
import { recordAudit, type AuditEntry } from '../audit/index.ts';
import type { Services } from '../services.ts';
import type { Handle } from '../store/handle.ts';

/**
 * Runs a change and its audit entry in one transaction: both stand, or neither. Inside, nothing but the database is
 * awaited. `note` gives the entry's target and detail from what the change returned; null writes none, for a change that
 * turned out to change nothing.
 */
export async function change<Result>(
  services: Services,
  grant: Grant<OperationName> | { [Op in OperationName]: Grant<Op> }[OperationName],
  work: (trx: Handle, now: number) => Promise<Result>,
  note: (result: Result) => Pick<AuditEntry, 'target' | 'detail'> | null,
): Promise<Result> {
  const now = services.clock();
  return services.database.transaction().execute(async (trx) => {
    const result = await work(trx, now);
    const noted = note(result);
    if (noted !== null) {
      const { principal, address, operation } = grant;
      await recordAudit(trx, { principal, address, operation, ...noted }, now);
    }
    return result;
  });
}
