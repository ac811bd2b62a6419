import { accountOf, appUserOf, judgePath, type Grant, type PrincipalData } from '../../gate/index.ts';
import {
  countLfsLocks,
  deleteLfsLock,
  findLfsLock,
  holdRepository,
  insertLfsLock,
  listLfsLocks,
  type LfsLock,
  type LfsLockChoice,
  type LfsLockHolder,
} from '../../hosting/index.ts';
import { invalid, Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';

export type { LfsLock } from '../../hosting/index.ts';

type ChangingGrant = Grant<'lfs_lock.change'>;
type ListingGrant = Grant<'lfs_lock.list'> | ChangingGrant;

const MOST_LOCKS = 10_000;
const MOST_AT_ONCE = 100;
/** In bytes of UTF-8: what a database takes for a part of a key. */
const LONGEST_PATH = 1024;

/** Somebody has locked the file already. */
export class Locked extends Problem {
  readonly lock: LfsLock;

  constructor(lock: LfsLock) {
    super('conflict', `${lock.holderName ?? 'Somebody'} has locked this file.`);
    this.name = 'Locked';
    this.lock = lock;
  }
}

/** A part of the list of locks, and behind which path the next one begins: null where none does. */
export interface LfsLockPage {
  readonly locks: readonly LfsLock[];
  readonly next: string | null;
}

/** The locks of a repository in the order of their paths. */
export async function viewLfsLocks(
  { database }: Services,
  { targets: [{ id }] }: ListingGrant,
  choice: Omit<LfsLockChoice, 'limit'> & { readonly limit?: number | undefined },
): Promise<LfsLockPage> {
  const limit = Math.min(Math.max(choice.limit ?? MOST_AT_ONCE, 1), MOST_AT_ONCE);
  const locks = await listLfsLocks(database, id, { ...choice, limit: limit + 1 });
  const page = locks.slice(0, limit);
  return { locks: page, next: locks.length > limit ? (page.at(-1)?.path ?? null) : null };
}

/** Whether it is held by whoever asks: by an account through whichever of its keys, by a bot as itself. */
export const isOwnLock = ({ principal }: ListingGrant, { holder }: LfsLock): boolean =>
  isSame(holder, holderOf(principal));

/** Locks a file for whoever asks. Throws `Problem` for a path that is none, `Locked` where somebody holds it already. */
export async function lockLfsFile(
  services: Services,
  grant: ChangingGrant,
  wanted: string,
): Promise<LfsLock> {
  const [repository] = grant.targets;
  const path = choosePath(grant, wanted);
  return change(
    services,
    grant,
    async (trx, now) => {
      await holdRepository(trx, repository);
      const [present] = await listLfsLocks(trx, repository.id, { path, limit: 1 });
      if (present !== undefined) throw new Locked(present);
      if ((await countLfsLocks(trx, repository.id)) >= MOST_LOCKS)
        throw new Problem('conflict', `At most ${MOST_LOCKS} files of a repository are locked at a time.`);
      const holder = holderOf(grant.principal);
      const id = await insertLfsLock(trx, repository.id, { path, holder }, now);
      return found(await findLfsLock(trx, repository.id, id));
    },
    ({ id }) => ({ target: { type: 'repository', id: repository.id }, detail: { lock: id, path } }),
  );
}

/**
 * Unlocks a file of one's own; and, where whoever asks insists, of others. Throws `Problem` for a lock that is not there, and
 * for somebody else's without insisting.
 *
 * @param breaking admits whoever insists to unlocking what others hold; null where nobody does. Throws `Refused`
 */
export async function unlockLfsFile(
  services: Services,
  own: ChangingGrant,
  id: string,
  breaking: (() => Promise<Grant<'lfs_lock.break'>>) | null,
): Promise<LfsLock> {
  const present = await findLfsLock(services.database, own.targets[0].id, id);
  const isForeign = present !== undefined && !isOwnLock(own, present);
  const grant = breaking !== null && isForeign ? await breaking() : own;
  const [repository] = grant.targets;
  return change(
    services,
    grant,
    async (trx) => {
      await holdRepository(trx, repository);
      const lock = found(await findLfsLock(trx, repository.id, id));
      if (grant.operation === 'lfs_lock.change' && !isSame(lock.holder, holderOf(grant.principal))) {
        throw new Problem(
          'taken',
          `${lock.holderName ?? 'Somebody else'} holds this lock: admins of the repository unlock it with --force.`,
        );
      }
      await deleteLfsLock(trx, repository.id, id);
      return lock;
    },
    ({ path, holder }) => ({
      target: { type: 'repository', id: repository.id },
      detail: { unlocked: id, path, of: `${holder.type} ${holder.id}` },
    }),
  );
}

const isSame = (a: LfsLockHolder, b: LfsLockHolder): boolean => a.type === b.type && a.id === b.id;

function holderOf(principal: PrincipalData): LfsLockHolder {
  const appUser = appUserOf(principal);
  if (appUser !== null) return { type: 'app_user', id: appUser.id };
  return { type: 'account', id: accountOf(principal)?.id ?? '' };
}

function choosePath({ principal }: ChangingGrant, path: string): string {
  if (path === '') throw invalid('path', 'Name the file that is to be locked.');
  if (Buffer.byteLength(path) > LONGEST_PATH)
    throw invalid('path', `The path has more than ${LONGEST_PATH} bytes.`);
  if (/[\p{Cc}\p{Cs}]|^\/|(?:^|\/)\.{0,2}(?:\/|$)/u.test(path))
    throw invalid('path', 'The path of a file begins at the root of the repository, as Git writes it.');
  const violation = principal.type === 'credential' ? judgePath(principal.bounds, path) : null;
  if (violation !== null && principal.type === 'credential')
    throw invalid('path', `${principal.credentialId}: ${violation.says}.`);
  return path;
}

function found(lock: LfsLock | undefined): LfsLock {
  if (lock === undefined) throw new Problem('not_found', 'This repository has no lock of that id.');
  return lock;
}
