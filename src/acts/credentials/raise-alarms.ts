import { findAccount, type Account } from '../../accounts/index.ts';
import { lastDone } from '../../audit/index.ts';
import {
  listFamily,
  listUses,
  takeAlarm,
  untoldAlarms,
  type Alarm,
  type Credential,
} from '../../credentials/index.ts';
import { CREDENTIAL_KINDS, type Grant } from '../../gate/index.ts';
import { heldRole, ownersOf, repositoryById } from '../../hosting/index.ts';
import { postMessage } from '../../mail/index.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { change } from '../transaction.ts';
import { callerOf } from './callers.ts';
import { OWN_PATH } from './replace.ts';
import { endOf, hasEnded } from './standing.ts';
import { lineOf } from './succession.ts';
import { isTokenOwner, tokenPlaceOf } from './token-place.ts';

/** Told of in one round; the rest is told of in the next one. */
const MOST_AT_ONCE = 100;

/**
 * Tells of each secret that was used after it was replaced or revoked, once a day, those whom it concerns: its person, or
 * who administers its repository. It is a machine that was forgotten, or a thief; that it was refused tells neither apart.
 */
export async function raiseAlarms(services: Services, grant: Grant<'credential.alarm'>): Promise<void> {
  for (const alarm of await untoldAlarms(services.database, MOST_AT_ONCE))
    await change(
      services,
      grant,
      (trx, now) => raise(trx, services, alarm, now),
      (raised) => raised && { target: { type: 'credential', id: alarm.credentialId }, detail: { ...raised } },
    );
}

/** What the audit says of one; null where another process was quicker. */
async function raise(trx: Handle, services: Services, alarm: Alarm, now: number) {
  if (!(await takeAlarm(trx, alarm, now))) return null;
  const { credentialId: id, day: since } = alarm;
  const credential = (await listFamily(trx, id, now)).find((each) => each.id === id);
  const [last] = await listUses(trx, { credentialId: id, since, outcomes: ['credential_ended'] }, 1);
  if (credential === undefined || last === undefined || !hasEnded(credential)) return null;
  const { revokedAt } = credential;
  const { successor, replacedAt } = await lineOf(trx, credential, now);
  const ended = revokedAt === null ? 'replaced' : 'revoked';
  const { people, path } = await concerned(trx, credential);
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
        replaced: successor === null || replacedAt === null ? null : { at: replacedAt, by: successor.id },
        usedAt: last.lastAt,
        from: callerOf(last),
        path,
      },
      now,
    );
  const { address, agent } = last;
  return { alarm: 'used after its end', ended, address, agent, told: people.map(({ username }) => username) };
}

interface Concerned {
  readonly people: readonly Account[];
  /** Of the page of the credential. */
  readonly path: string;
}

/** A person's own is theirs; a token is of who owns its workspace, and of who made it where they administer its repository. */
async function concerned(trx: Handle, credential: Credential): Promise<Concerned> {
  const { id, owner, createdBy } = credential;
  if (owner.type === 'account') {
    const account = await findAccount(trx, `{${owner.id}}`);
    return { people: active([account]), path: `${OWN_PATH}/${id}` };
  }
  const place = isTokenOwner(owner) ? await tokenPlaceOf(trx, owner) : undefined;
  if (place === undefined || !(await isOfToday(trx, credential))) return { people: [], path: '' };
  const owners = await ownersOf(trx, place.workspaceId);
  const maker = createdBy === null ? undefined : await findAccount(trx, `{${createdBy}}`);
  const counts =
    maker !== undefined &&
    owner.type === 'repository' &&
    !owners.some((each) => each.id === maker.id) &&
    (await heldRole(trx, { id: owner.id, workspaceId: place.workspaceId }, maker.id)) === 'admin';
  return { people: active(counts ? [...owners, maker] : owners), path: `${place.path}/${id}` };
}

const active = (accounts: readonly (Account | undefined)[]): readonly Account[] =>
  accounts.flatMap((each) => (each?.state === 'active' ? [each] : []));

/** What a repository left behind when it was deleted or transferred is nothing to whoever has it now. */
async function isOfToday(trx: Handle, { owner, createdAt }: Credential): Promise<boolean> {
  if (owner.type !== 'repository') return true;
  const repository = await repositoryById(trx, owner.id);
  const moved = await lastDone(trx, 'repository.transfer', 'repository', owner.id);
  return repository?.deletedAt === null && (moved === null || createdAt > moved);
}
