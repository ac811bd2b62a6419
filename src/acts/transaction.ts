import type { AnyGrant } from '../gate/index.ts';
import { recordAudit, type AuditEntry } from '../audit/index.ts';
import { changeBesidePushes, changeInTurn } from '../limits/index.ts';
import type { Services } from '../services.ts';
import type { Handle } from '../store/handle.ts';

type Work<Result> = (trx: Handle, now: number) => Promise<Result>;
type Note<Result> = (result: Result) => Pick<AuditEntry, 'target' | 'detail'> | null;

/**
 * Runs a change and its audit entry in one transaction: both stand, or neither. What the grant was made for is decided
 * once more in it, so that nobody acts on a right that was taken away a moment ago. Inside, nothing but the database is
 * awaited. `note` gives the entry's target and detail from what the change returned; null writes none, for a change that
 * turned out to change nothing. Throws `Refused` where it would no longer be granted.
 */
export function change<Result>(
  services: Services,
  grant: AnyGrant,
  work: Work<Result>,
  note: Note<Result>,
): Promise<Result> {
  const now = services.clock();
  return transact(services, async (trx) => {
    await decideAgain(services, trx, grant);
    return noted(trx, grant, await work(trx, now), note, now);
  });
}

/** For a change that takes another grant besides, or does something before its transaction. Throws `Refused`. */
export const decideAgain = (services: Services, database: Handle, grant: AnyGrant): Promise<void> =>
  services.decideAgain({ ...services, database }, grant);

/** The same for a push, which decides again by itself, ref by ref, and waits for no other push. */
export function changeByPush<Result>(
  { database, clock }: Services,
  grant: AnyGrant,
  work: Work<Result>,
  note: Note<Result>,
): Promise<Result> {
  const now = clock();
  return changeBesidePushes(database, async (trx) => noted(trx, grant, await work(trx, now), note, now));
}

/** A transaction that decides by itself, on what no other one changes meanwhile. */
export const transact = <Result>(
  { database }: Services,
  work: (trx: Handle) => Promise<Result>,
): Promise<Result> => changeInTurn(database, work);

async function noted<Result>(
  trx: Handle,
  { principal, address, operation }: AnyGrant,
  result: Result,
  note: Note<Result>,
  now: number,
): Promise<Result> {
  const entry = note(result);
  if (entry !== null) await recordAudit(trx, { principal, address, operation, ...entry }, now);
  return result;
}
