import { randomBytes, randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { AccountSubject } from '../gate/index.ts';
import { Problem } from '../problem.ts';
import type { Handle } from '../store/handle.ts';
import { inParts } from '../store/in-parts.ts';
import { prepared } from '../store/prepared.ts';
import type { AccountTable } from '../store/schema.ts';
import { orTaken } from '../store/taken.ts';
import { accountNamedOrAddressed } from './named.ts';

const ACCOUNT_ID_BYTES = 12;

/** A person. */
export interface Account {
  readonly id: string;
  /** 24 hexadecimal digits, the `account_id` of the REST API. */
  readonly accountId: string;
  readonly username: string;
  readonly email: string;
  readonly displayName: string;
  readonly isAdministrator: boolean;
  readonly mustChangePassword: boolean;
  readonly hasTwoStep: boolean;
  readonly state: 'active' | 'disabled';
  readonly createdAt: number;
}

export const accountFrom = (row: Selectable<AccountTable>): Account => ({
  id: row.id,
  accountId: row.account_id,
  username: row.username,
  email: row.email,
  displayName: row.display_name,
  isAdministrator: row.is_administrator === 1,
  mustChangePassword: row.must_change_password === 1,
  hasTwoStep: row.two_step_at !== null,
  state: row.state,
  createdAt: row.created_at,
});

export interface NewAccount {
  readonly username: string;
  readonly email: string;
  readonly displayName: string;
  /** PHC string. */
  readonly passwordHash: string;
  readonly isAdministrator: boolean;
  readonly mustChangePassword: boolean;
}

/** Throws `Problem` when the user name or the e-mail address is taken; letter case does not tell two apart. */
export async function createAccount(db: Handle, wanted: NewAccount, now: number): Promise<Account> {
  const row: Selectable<AccountTable> = {
    id: randomUUID(),
    account_id: randomBytes(ACCOUNT_ID_BYTES).toString('hex'),
    username: wanted.username,
    username_key: wanted.username.toLowerCase(),
    email: wanted.email,
    email_key: wanted.email.toLowerCase(),
    display_name: wanted.displayName,
    password: wanted.passwordHash,
    must_change_password: wanted.mustChangePassword ? 1 : 0,
    is_administrator: wanted.isAdministrator ? 1 : 0,
    state: 'active',
    created_at: now,
    updated_at: now,
    two_step_at: null,
  };
  await refuseTaken(db, row);
  await db.insertInto('account').values(row).execute().catch(orTaken(takenMeanwhile));
  return accountFrom(row);
}

const takenMeanwhile = (): Problem =>
  new Problem('taken', 'The user name or the e-mail address was taken at this moment: try again.');

async function refuseTaken(
  db: Handle,
  wanted: { username_key: string; email_key: string; id: string },
): Promise<void> {
  const taken = await db
    .selectFrom('account')
    .select('username_key')
    .where('id', '!=', wanted.id)
    .where((where) =>
      where.or([where('username_key', '=', wanted.username_key), where('email_key', '=', wanted.email_key)]),
    )
    .executeTakeFirst();
  if (taken === undefined) return;
  const field = taken.username_key === wanted.username_key ? 'username' : 'email';
  const message =
    field === 'username'
      ? 'This user name is taken: choose another.'
      : 'This e-mail address belongs to another account.';
  throw new Problem('taken', message, { fields: { [field]: [message] } });
}

/** By user name (any case), `{uuid}` or the 24-digit account id; undefined when there is none. */
export async function findAccount(db: Handle, name: string): Promise<Account | undefined> {
  const row = await accountRow(db, name);
  return row === undefined ? undefined : accountFrom(row);
}

/** Each of these by its id; who is not there is left out. */
export async function accountsOfEach(
  db: Handle,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Account>> {
  const rows = await inParts(ids, (part) =>
    db.selectFrom('account').selectAll().where('id', 'in', part).execute(),
  );
  return new Map(rows.map((row) => [row.id, accountFrom(row)]));
}

export async function accountRow(db: Handle, name: string): Promise<Selectable<AccountTable> | undefined> {
  const query = db.selectFrom('account').selectAll();
  const uuid = /^\{([0-9a-f-]{36})\}$/i.exec(name)?.[1];
  if (uuid !== undefined) return query.where('id', '=', uuid.toLowerCase()).executeTakeFirst();
  return (
    (await query.where('username_key', '=', name.toLowerCase()).executeTakeFirst()) ??
    (await query.where('account_id', '=', name).executeTakeFirst())
  );
}

const rowsById = prepared((db, id: string) => db.selectFrom('account').selectAll().where('id', '=', id));

export async function accountRowById(db: Handle, id: string): Promise<Selectable<AccountTable> | undefined> {
  const [row] = await rowsById(db, id);
  return row;
}

/** What the gate must know of accounts; callers add their own WHERE. */
const selectSubjects = (db: Handle) =>
  db
    .selectFrom('account')
    .select([
      'account.id',
      'account.username',
      'account.display_name',
      'account.email',
      'account.state',
      'account.is_administrator',
      'account.must_change_password',
      'account.two_step_at',
    ])
    .select((select) =>
      select.selectFrom('host_policy').select('requires_two_step').limit(1).as('host_requires_two_step'),
    );

type SubjectRow = Awaited<ReturnType<ReturnType<typeof selectSubjects>['executeTakeFirstOrThrow']>>;

const subjectsById = prepared((db, id: string) => selectSubjects(db).where('account.id', '=', id));

/** What the gate must know of an account, read at once; undefined when there is none. */
export async function subjectById(db: Handle, id: string): Promise<AccountSubject | undefined> {
  const [row] = await subjectsById(db, id);
  return row === undefined ? undefined : subjectFrom(row);
}

/** The same of each of these, by id. */
export async function subjectsOfEach(
  db: Handle,
  ids: readonly string[],
): Promise<ReadonlyMap<string, AccountSubject>> {
  const rows = await inParts(ids, (part) => selectSubjects(db).where('account.id', 'in', part).execute());
  return new Map(rows.map((row) => [row.id, subjectFrom(row)]));
}

const subjectFrom = (row: SubjectRow): AccountSubject => ({
  id: row.id,
  username: row.username,
  displayName: row.display_name,
  email: row.email,
  state: row.state,
  isAdministrator: row.is_administrator === 1,
  mustChangePassword: row.must_change_password === 1,
  hasTwoStep: row.two_step_at !== null,
  mustEnrolTwoStep: row.host_requires_two_step === 1 && row.two_step_at === null,
});

/** By user name or e-mail address: what a person types at the sign-in page. */
export const accountRowForSignIn = (
  db: Handle,
  name: string,
): Promise<Selectable<AccountTable> | undefined> =>
  db
    .selectFrom('account')
    .selectAll()
    .where(name.includes('@') ? 'email_key' : 'username_key', '=', name.toLowerCase())
    .executeTakeFirst();

/** One page of the accounts with these letters in a name or e-mail address, by user name, and how many they are. */
export async function pageOfAccounts(
  db: Handle,
  { named, offset, limit }: { readonly named: string; readonly offset: number; readonly limit: number },
): Promise<{ readonly accounts: Account[]; readonly size: number }> {
  const among = db.selectFrom('account').where(accountNamedOrAddressed(named));
  const { size } = await among
    .select(({ fn }) => fn.countAll<string | number>().as('size'))
    .executeTakeFirstOrThrow();
  const rows = await among.selectAll().orderBy('username_key').offset(offset).limit(limit).execute();
  return { accounts: rows.map(accountFrom), size: Number(size) };
}

/** Throws `Problem` when the e-mail address is taken. */
export async function updateProfile(
  db: Handle,
  id: string,
  change: { readonly displayName: string; readonly email: string },
  now: number,
): Promise<void> {
  await refuseTaken(db, { id, username_key: '', email_key: change.email.toLowerCase() });
  await db
    .updateTable('account')
    .set({
      display_name: change.displayName,
      email: change.email,
      email_key: change.email.toLowerCase(),
      updated_at: now,
    })
    .where('id', '=', id)
    .execute()
    .catch(orTaken(takenMeanwhile));
}

export async function setPassword(db: Handle, id: string, passwordHash: string, now: number): Promise<void> {
  await db
    .updateTable('account')
    .set({ password: passwordHash, must_change_password: 0, updated_at: now })
    .where('id', '=', id)
    .execute();
}

export async function anyAccount(db: Handle): Promise<boolean> {
  return (await db.selectFrom('account').select('id').limit(1).executeTakeFirst()) !== undefined;
}

/**
 * Disables or enables an account. False when it was so already. Throws `Problem` rather than disable the last
 * administrator who can sign in. Wants a transaction.
 */
export async function setAccountState(
  db: Handle,
  id: string,
  state: Account['state'],
  now: number,
): Promise<boolean> {
  if (state === 'disabled') await keepAnAdministrator(db, id);
  const { numUpdatedRows } = await db
    .updateTable('account')
    .set({ state, updated_at: now })
    .where('id', '=', id)
    .where('state', '!=', state)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

/** Locks one row that all who do this lock: on PostgreSQL two administrators who disable each other would both see the other. */
async function keepAnAdministrator(db: Handle, leaving: string): Promise<void> {
  const first = db.selectFrom('account').select(({ fn }) => fn.min('id').as('id'));
  await db
    .updateTable('account')
    .set(({ ref }) => ({ updated_at: ref('updated_at') }))
    .where('id', '=', first)
    .execute();
  const administrators = await db
    .selectFrom('account')
    .select('id')
    .where('is_administrator', '=', 1)
    .where('state', '=', 'active')
    .execute();
  if (administrators.length === 1 && administrators[0]?.id === leaving) {
    throw new Problem(
      'conflict',
      'This is the last administrator who can sign in: make another one before you disable this account.',
    );
  }
}
