import { describe, expect, it } from 'vitest';
import {
  setPassword,
  chooseDisplayName,
  chooseEmail,
  choosePassword,
  chooseUsername,
  findAccount,
  hashPassword,
  verifyNothing,
  verifyPassword,
} from '../../src/accounts/index.ts';
import { createAccount } from '../../src/acts/accounts/create.ts';
import { signIn } from '../../src/acts/accounts/sign-in.ts';
import { enterAsOperator } from '../../src/entry/index.ts';
import { Problem } from '../../src/problem.ts';
import { nothing, openHost } from '../acts/host.ts';
import { meanwhile } from '../acts/meanwhile.ts';

const refused = (work: () => unknown): Problem => {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('It was accepted.');
};

describe('a user name', () => {
  it.each(['a', 'ada', 'Ada_L', 'ada-l', '0', 'a'.repeat(30), 'con'])('may be %j', (name) =>
    expect(chooseUsername(name)).toBe(name),
  );
  it.each([
    '',
    '-a',
    '_a',
    'a-',
    'a b',
    'a.b',
    'a@b',
    'a/b',
    '..',
    'é',
    'аda',
    'ａ',
    'a\n',
    'a\0',
    'a'.repeat(31),
    '{a}',
    'a:b',
    '%61',
  ])('may not be %j', (name) =>
    expect(refused(() => chooseUsername(name)).fields).toHaveProperty('username'),
  );
  it.each(['x-token-auth', 'X-Token-Auth', 'x-bitbucket-api-token-auth', 'x-access-token', 'oauth2', 'git'])(
    'may not be the fixed word %j',
    (name) => expect(refused(() => chooseUsername(name)).message).toMatch(/reserved/),
  );
  it('may not look like the account id of somebody else', () => {
    for (const name of ['0123456789abcdef01234567', 'ABCDEFABCDEFABCDEFABCDEF']) {
      expect(refused(() => chooseUsername(name)).fields).toHaveProperty('username');
    }
    expect(chooseUsername('0123456789abcdef0123456')).toBe('0123456789abcdef0123456');
  });
});

describe('an e-mail address', () => {
  it.each(['a@b', 'jane@example.com', 'j.d+x@mail.example.co.uk', 'jörg@münchen.de', 'admin@localhost'])(
    'may be %j',
    (email) => expect(chooseEmail(email, 'example.org')).toBe(email),
  );
  it.each([
    '',
    'a',
    '@',
    'a@',
    '@b',
    'a b@c',
    'a@b c',
    'a@b..c',
    'a@.b',
    'a@b\n',
    'a\0@b',
    'a@b@c',
    'a,b@c',
    'a@b,c@d',
    '<a@b>',
    'a;b@c',
    '"a"@b',
    'a@[127.0.0.1]',
    `${'a'.repeat(65)}@b`,
    `a@${'b'.repeat(254)}`,
    '0123456789abcdef01234567@bots.example.org',
    'Ada@BOTS.Example.org',
  ])('may not be %j', (email) =>
    expect(refused(() => chooseEmail(email, 'example.org')).fields).toHaveProperty('email'),
  );
});

it('a password is long enough, and its characters count, not its bytes', () => {
  expect(choosePassword('éàüö'.repeat(3))).toBe('éàüö'.repeat(3));
  expect(choosePassword('😀😁😂🙂'.repeat(256))).toHaveLength(2048);
  for (const password of ['', 'é'.repeat(11), '😀'.repeat(11), 'a'.repeat(1025)])
    expect(refused(() => choosePassword(password)).fields).toHaveProperty('password');
});

it.each([
  'passwordpassword',
  'Password12345',
  'P@ssw0rd2026!',
  '!!administrator!!',
  'qwertyuiop123',
  '1q2w3e4r5t6y',
  '123456789012',
  'aaaaaaaaaaaa',
  '121212121212',
  'ILoveYou2026!',
  'abc123abc123abc123',
  'letmeinletmein',
  'W3lc0me!!!!!',
  'correct horse battery staple',
])('%s is tried first, and nobody’s password', (password) => {
  expect(refused(() => choosePassword(password)).fields).toHaveProperty('password');
});

it.each(['correct horse battery', 'Xe4-mvt9-qqpd', 'another long password', 'ein Kessel Buntes für Jutta'])(
  '%s can be a password',
  (password) => {
    expect(choosePassword(password)).toBe(password);
  },
);

it('a display name is one line', () => {
  expect(chooseDisplayName(' Ada Lovelace ')).toBe('Ada Lovelace');
  for (const name of ['', ' ', 'a\nb', 'a\0', '\u202e', 'a'.repeat(101)])
    expect(refused(() => chooseDisplayName(name)).fields).toHaveProperty('display_name');
});

describe('a password at rest', () => {
  it('is Argon2id with a salt of its own, and verifies in every normal form of its characters', async () => {
    const [one, two] = await Promise.all([hashPassword('Größe und Maß!'), hashPassword('Größe und Maß!')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(two);
    expect(await verifyPassword('Größe und Maß!'.normalize('NFD'), one)).toBe(true);
    expect(await verifyPassword('Größe und Maß', one)).toBe(false);
    expect(await verifyPassword('', one)).toBe(false);
    expect(await verifyNothing('Größe und Maß!')).toBe(false);
  });

  it.each(['', 'x', '$argon2id$', '$2b$10$abc', '$argon2i$v=19$m=8,t=1,p=1$AAAA$AAAA', '!'])(
    'that was stored as %j is nobody’s password',
    async (stored) => {
      expect(await verifyPassword('', stored)).toBe(false);
      expect(await verifyPassword(stored, stored)).toBe(false);
    },
  );
});

describe('signing in', () => {
  it('starts no session with a password that was changed while it was verified', async () => {
    const host = await openHost();
    const grant = await enterAsOperator(host.services, 'account.create', [{ type: 'host' }]);
    const { id } = await createAccount(host.services, grant, {
      username: 'ada',
      email: 'ada@example.org',
      displayName: 'Ada',
      password: 'correct horse battery',
      isAdministrator: false,
      mustChangePassword: false,
    });
    // Between the verification and the transaction of the session somebody changes the password.
    const services = meanwhile(host.services, () =>
      setPassword(host.services.database, id, 'another', host.now),
    );
    const entered = await host.enter('session.create', { type: 'host' }, nothing, 'web');
    const input = {
      name: 'ada',
      password: 'correct horse battery',
      browser: { userAgent: '', known: undefined },
    };
    await expect(signIn(services, entered, input)).rejects.toMatchObject({ code: 'invalid' });
    expect(await services.database.selectFrom('session').selectAll().execute()).toEqual([]);
  });

  it('answers an unknown name, a wrong password and a disabled account alike', async () => {
    const host = await openHost();
    const { services } = host;
    const grant = await enterAsOperator(services, 'account.create', [{ type: 'host' }]);
    const account = {
      displayName: 'A',
      password: 'correct horse battery',
      isAdministrator: false,
      mustChangePassword: false,
    };
    await createAccount(services, grant, { ...account, username: 'Ada', email: 'Ada@Example.org' });
    const off = await createAccount(services, grant, {
      ...account,
      username: 'off',
      email: 'off@example.org',
    });
    await services.database
      .updateTable('account')
      .set({ state: 'disabled' })
      .where('id', '=', off.id)
      .execute();
    const sign = async (name: string, password: string) =>
      signIn(services, await host.enter('session.create', { type: 'host' }, nothing, 'web'), {
        name,
        password,
        browser: { userAgent: 'x'.repeat(1000), known: undefined },
      });
    const answers = new Set<string>();
    for (const [name, password] of [
      ['ada', 'wrong horse battery'],
      ['nobody', 'correct horse battery'],
      ['off', 'correct horse battery'],
      ['', ''],
      ['ada\0', 'correct horse battery'],
      ['ada', 'x'.repeat(5000)],
      ['{}', ''],
    ] as const) {
      const error = (await sign(name, password).catch((thrown: unknown) => thrown)) as Problem;
      expect(error).toBeInstanceOf(Problem);
      answers.add(JSON.stringify([error.code, error.message, error.fields]));
    }
    expect(answers.size).toBe(1);
    for (const name of ['ada', 'ADA', ' ada ', 'ada@example.org', 'ADA@EXAMPLE.ORG']) {
      expect(await sign(name, 'correct horse battery')).toHaveProperty(
        'token',
        expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      );
    }
    const audit = await services.database.selectFrom('audit').select('detail').execute();
    expect(JSON.stringify(audit)).not.toContain('horse');
    expect(await services.database.selectFrom('session').selectAll().execute()).toHaveLength(5);
  });

  it('finds an account by name in any case, by id in braces and by account id', async () => {
    const host = await openHost();
    const ada = await host.person('Ada');
    for (const name of ['ada', 'ADA', `{${ada.id}}`, `{${ada.id.toUpperCase()}}`, ada.accountId]) {
      expect((await findAccount(host.services.database, name))?.id).toBe(ada.id);
    }
    for (const name of ['', 'ad', ada.id, `{${ada.id}`, 'ada@example.org', '%', '_da']) {
      expect(await findAccount(host.services.database, name)).toBeUndefined();
    }
  });
});
