import { beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { hashPassword } from '../../../src/accounts/index.ts';
import { confirm, viewConfirmation } from '../../../src/acts/accounts/confirm.ts';
import {
  completeSignIn,
  offerPasskeyAlone,
  signIn,
  signInByPasskey,
  viewSecondStep,
} from '../../../src/acts/accounts/sign-in.ts';
import { offerNewPasskey, registerPasskey, removeStep } from '../../../src/acts/accounts/two-step.ts';
import { Secret } from '../../../src/credentials/index.ts';
import { Problem } from '../../../src/problem.ts';
import { SoftwareKey, type Answering } from '../../support/authenticator.ts';
import { nothing, openHost, refusalOf, type TestHost } from '../host.ts';

const PASSWORD = 'correct horse battery';
const here: Answering = { origin: 'http://localhost:7990', host: 'localhost', counter: 1, verified: true };
const browser = { userAgent: 'test', known: undefined };
const self = { type: 'account', self: true } as const;
const refused = { code: 'invalid' };

let host: TestHost;
let cookie: string;
let adaId: string;
const key = new SoftwareKey();
let counter = 1;

const asStranger = () => host.enter('session.create', { type: 'host' }, nothing, 'web');
const asAda = <Op extends 'two_step.change' | 'session.confirm'>(operation: Op) =>
  host.enter(operation, self, { type: 'cookie', token: new Secret(cookie) }, 'web');
const next = (): Answering => ({ ...here, counter: ++counter });

beforeAll(async () => {
  host = await openHost();
  const ada = await host.person('ada', { password: await hashPassword(PASSWORD) });
  adaId = ada.id;
  const first = await signIn(host.services, await asStranger(), { name: 'ada', password: PASSWORD, browser });
  cookie = 'token' in first ? first.token : '';
});

const offer = async () => (await offerNewPasskey(host.services, await asAda('two_step.change'))) ?? '';
const register = async (answer: string, name = 'blue key') =>
  registerPasskey(host.services, await asAda('two_step.change'), { name, answer });
const alone = async (how: Answering, by = key, request?: string) => {
  const asked = request ?? (await offerPasskeyAlone(host.services, await asStranger())) ?? '';
  return signInByPasskey(host.services, await asStranger(), {
    passkey: by.authenticate(asked, how),
    browser,
  });
};
const begin = async () => {
  const begun = await signIn(host.services, await asStranger(), { name: 'ada', password: PASSWORD, browser });
  if (!('pending' in begun)) throw new Error('the second step was left out');
  const { passkey } = await viewSecondStep(host.services, await asStranger(), begun.pending);
  return { pending: begun.pending, request: passkey ?? '' };
};
const complete = async (pending: string, passkey: string, code = '') =>
  completeSignIn(host.services, await asStranger(), { pending, passkey, code, browser });

const WRONG: readonly (readonly [what: string, how: Partial<Answering>])[] = [
  ['another origin', { origin: 'http://localhost:7991' }],
  ['an origin that looks like ours', { origin: 'http://localhost:7990.evil.example' }],
  ['another relying party', { host: 'evil.example' }],
  ['a challenge that we never gave', { challenge: Buffer.alloc(54).toString('base64url') }],
  ['no challenge', { challenge: '' }],
  ['another type', { type: 'webauthn.other' }],
];

describe('registering a passkey', () => {
  it.each(WRONG)('refuses an answer with %s', async (_what, how) => {
    const answer = new SoftwareKey().register(await offer(), { ...here, ...how });
    await expect(register(answer)).rejects.toMatchObject(refused);
  });

  it('takes one, turns two-step verification on by it, and takes neither answer nor key twice', async () => {
    const answer = key.register(await offer(), here);
    expect(await register(answer)).toHaveLength(10);
    await expect(register(answer)).rejects.toMatchObject(refused);
    await expect(register(key.register(await offer(), here), 'again')).rejects.toThrow(/registered already/);
    const rows = await host.services.database.selectFrom('passkey').select('name').execute();
    expect(rows).toEqual([{ name: 'blue key' }]);
  });

  it('refuses whatever else is sent, without failing', async () => {
    const grant = await asAda('two_step.change');
    const genuine = JSON.parse(new SoftwareKey().register(await offer(), here)) as object;
    const anything = fc.oneof(
      fc.string(),
      fc.json(),
      fc.record({ response: fc.anything() }).map((change) => JSON.stringify({ ...genuine, ...change })),
      fc.string().map((attestationObject) =>
        JSON.stringify({
          ...genuine,
          response: { ...(genuine as { response: object }).response, attestationObject },
        }),
      ),
      fc.uint8Array({ maxLength: 400 }).map((bytes) =>
        JSON.stringify({
          ...genuine,
          response: {
            ...(genuine as { response: object }).response,
            attestationObject: Buffer.from(bytes).toString('base64url'),
          },
        }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(anything, async (answer) => {
        const error: unknown = await registerPasskey(host.services, grant, { name: 'x', answer }).catch(
          (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(Problem);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a passkey by itself', () => {
  it('signs in where it verified its person, once for each answer', async () => {
    const asked = (await offerPasskeyAlone(host.services, await asStranger())) ?? '';
    const how = { ...next(), userHandle: adaId };
    expect(await alone(how, key, asked)).toHaveProperty('token');
    await expect(alone({ ...how, counter: ++counter }, key, asked)).rejects.toMatchObject(refused);
  });

  it.each(WRONG)('signs nobody in with %s', async (_what, how) => {
    await expect(alone({ ...next(), ...how })).rejects.toMatchObject(refused);
  });

  it('signs nobody in that it did not verify, that it names otherwise, or whom nobody registered', async () => {
    await expect(alone({ ...next(), verified: false })).rejects.toThrow(/PIN/);
    await expect(alone({ ...next(), userHandle: 'somebody else' })).rejects.toMatchObject(refused);
    await expect(alone(next(), new SoftwareKey())).rejects.toMatchObject(refused);
  });

  it('signs nobody in for an answer that was meant for something else, or too late', async () => {
    const { request } = await begin();
    await expect(alone(next(), key, request)).rejects.toMatchObject(refused);
    const asked = (await offerPasskeyAlone(host.services, await asStranger())) ?? '';
    host.now += 10 * 60_000 + 1;
    await expect(alone(next(), key, asked)).rejects.toMatchObject(refused);
    expect(await alone(next())).toHaveProperty('token');
  });

  it('is refused when its counter goes back, which is written down', async () => {
    await alone(next());
    await expect(alone({ ...here, counter })).rejects.toThrow(/out of order/);
    await expect(alone({ ...here, counter: counter - 2 })).rejects.toThrow(/out of order/);
    await expect(alone({ ...here, counter: 0 })).rejects.toThrow(/out of order/);
    const audit = await host.services.database.selectFrom('audit').select('detail').execute();
    expect(audit.filter(({ detail }) => detail.includes('counter went back'))).toHaveLength(3);
    expect(await alone(next())).toHaveProperty('token');
  });
});

describe('a passkey as the second step', () => {
  it('completes a sign-in, verified or not, and that once', async () => {
    const { pending, request } = await begin();
    const answer = key.authenticate(request, { ...next(), verified: false });
    const tries = await Promise.allSettled([complete(pending, answer), complete(pending, answer)]);
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(complete(pending, answer)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('completes no other sign-in than the one that asked for it', async () => {
    const [mine, other] = [await begin(), await begin()];
    await expect(complete(other.pending, key.authenticate(mine.request, next()))).rejects.toMatchObject(
      refused,
    );
    expect(await complete(mine.pending, key.authenticate(mine.request, next()))).toHaveProperty('token');
  });

  it('is of the account whose password was given', async () => {
    await host.person('eve', { password: await hashPassword(PASSWORD) });
    const { pending, request } = await begin();
    const eves = new SoftwareKey();
    await expect(complete(pending, eves.authenticate(request, next()))).rejects.toMatchObject(refused);
  });
});

describe('a confirmation', () => {
  const confirming = async (input: Partial<{ password: string; code: string; passkey: string }>) =>
    confirm(host.services, await asAda('session.confirm'), { password: '', code: '', passkey: '', ...input });
  const ask = async () =>
    (await viewConfirmation(host.services, await asAda('session.confirm'))).passkey ?? '';

  it('is wanted after a quarter of an hour, and given by a passkey that verified its person', async () => {
    host.now += 15 * 60_000 + 1;
    expect(await refusalOf(asAda('two_step.change'))).toMatchObject({ code: 'confirmation_needed' });
    await confirming({ passkey: key.authenticate(await ask(), next()) });
    await expect(asAda('two_step.change')).resolves.toBeDefined();
  });

  it('wants the password besides where the key did not verify anybody, and the key besides the password', async () => {
    host.now += 15 * 60_000 + 1;
    const unverified = async () => key.authenticate(await ask(), { ...next(), verified: false });
    await expect(confirming({ passkey: await unverified() })).rejects.toThrow(/password is needed/);
    await expect(confirming({ password: PASSWORD })).rejects.toMatchObject({
      fields: { code: [expect.any(String)] },
    });
    await expect(
      confirming({ password: 'wrong horse battery', passkey: await unverified() }),
    ).rejects.toMatchObject(refused);
    expect(await refusalOf(asAda('two_step.change'))).toMatchObject({ code: 'confirmation_needed' });
    await confirming({ password: PASSWORD, passkey: await unverified() });
    await expect(asAda('two_step.change')).resolves.toBeDefined();
  });

  it('may be tried ten times', async () => {
    const answers = [];
    for (let tries = 0; tries < 12; tries++) {
      answers.push(await confirming({ password: 'wrong' }).catch((error: Problem) => error.code));
    }
    expect(answers.filter((code) => code === 'invalid')).toHaveLength(10);
    expect(answers.slice(10)).toEqual(['unavailable', 'unavailable']);
  });
});

it('removing the last passkey turns two-step verification off, and the password alone signs in again', async () => {
  expect(await removeStep(host.services, await asAda('two_step.change'), 'all')).toBe(true);
  const signedIn = await signIn(host.services, await asStranger(), {
    name: 'ada',
    password: PASSWORD,
    browser,
  });
  expect(signedIn).toHaveProperty('token');
  await expect(alone(next())).rejects.toMatchObject(refused);
  expect(await host.services.database.selectFrom('recovery_code').selectAll().execute()).toEqual([]);
});
