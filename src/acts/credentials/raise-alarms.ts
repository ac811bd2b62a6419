import { listFamily, listUses, takeAlarm, untoldAlarms, type Alarm } from '../../credentials/index.ts';
import { CREDENTIAL_KINDS, type Grant } from '../../gate/index.ts';
import { postMessage } from '../../mail/index.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { orLog } from '../or-log.ts';
import { change } from '../transaction.ts';
import { callerOf } from './callers.ts';
import { concernedBy } from './concerned.ts';
import { endOf, hasEnded, readinessOf } from './standing.ts';
import { lineOf } from './succession.ts';

/** Told of in one round; the rest is told of in the next one. */
const MOST_AT_ONCE = 100;

/**
 * Tells of each secret that was used after it was replaced or revoked, once a day, those whom it concerns (`concernedBy`). It is a machine that was forgotten, or a thief; that it was refused tells neither apart.
 */
export async function raiseAlarms(services: Services, grant: Grant<'credential.alarm'>): Promise<void> {
  for (const alarm of await untoldAlarms(services.database, MOST_AT_ONCE))
    await orLog(
      services,
      'It could not be told that a secret was used after its end.',
      () =>
        change(
          services,
          grant,
          (trx, now) => raise(trx, services, alarm, now),
          (raised) =>
            raised && { target: { type: 'credential', id: alarm.credentialId }, detail: { ...raised } },
        ),
      { credential: alarm.credentialId },
    );
}

/** What the audit says of one; null where another process was quicker. */
async function raise(trx: Handle, services: Services, alarm: Alarm, now: number) {
  const { credentialId: id, day: since } = alarm;
  const credential = (await listFamily(trx, id, now)).find((each) => each.id === id);
  // The clock of whoever refused it is ahead of ours: it is told when ours has come as far.
  if (credential !== undefined && !hasEnded(credential)) return null;
  if (!(await takeAlarm(trx, alarm, now))) return null;
  const [last] = await listUses(trx, { credentialId: id, since, outcomes: ['credential_ended'] }, 1);
  if (credential === undefined || last === undefined) return null;
  const { revokedAt } = credential;
  const { successor, replacedAt } = await lineOf(trx, credential, now);
  const ended = revokedAt === null ? 'replaced' : 'revoked';
  const { people, path } = await concernedBy(trx, credential);
  for (const { email } of people)
    await postMessage(
      trx,
      services,
      email,
      'ended key used',
      {
        kind: CREDENTIAL_KINDS[credential.kind].title,
        label: credential.label,
        id,
        ended,
        endedAt: revokedAt ?? endOf(credential) ?? now,
        replaced:
          successor === null || replacedAt === null
            ? null
            : { at: replacedAt, by: successor.id, state: readinessOf(successor) },
        usedAt: last.lastAt,
        from: callerOf(last),
        path,
      },
      now,
    );
  const { address, agent } = last;
  return { alarm: 'used after its end', ended, address, agent, told: people.map(({ username }) => username) };
}
