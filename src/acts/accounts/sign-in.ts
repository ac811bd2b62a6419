import {
  accountRowById,
  accountRowForSignIn,
  askForPasskey,
  findPendingSignIn,
  isAppCode,
  isKnownBrowser,
  listPasskeys,
  recoveryCodesLeft,
  nameOfBrowser,
  appSince,
  relyingPartyOf,
  rememberBrowser,
  startPendingSignIn,
  startSession,
  takePendingSignIn,
  verifyNothing,
  verifyPassword,
  type PasskeyRequest,
} from '../../accounts/index.ts';
import { recordAudit } from '../../audit/index.ts';
import type { Grant } from '../../gate/index.ts';
import {
  beginAttempt,
  passkeyLimits,
  passwordLimits,
  secondStepLimits,
  type Origin,
} from '../../limits/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { transact } from '../transaction.ts';
import { browserName } from './browser-name.ts';
import { tell, type About } from './tell.ts';
import {
  heldPasskey,
  notingCopies,
  takePasskey,
  takeSecondStep,
  type SecondStepInput,
  type StepTaken,
} from './second-step.ts';

/** What passkeys sign for somebody who has not said who they are. */
const ALONE = 'sign in';

const refusedSignIn = (): Problem =>
  new Problem('invalid', 'User name and password do not belong together. Check both and try again.');

/** The password was right once, and has to be given again. */
const refusedPending = (): Problem =>
  new Problem('not_found', 'This sign-in took too long or was completed elsewhere. Begin again.');

/** The browser that signs in. */
export interface Browser {
  readonly userAgent: string;
  /** The value of the cookie by which it was known before. */
  readonly known: string | undefined;
}

/** Values of cookies, who it is, and what comes next. */
export interface SignedIn {
  readonly token: string;
  readonly browser: string;
  readonly username: string;
  readonly mustChangePassword: boolean;
}

/**
 * Signs a person in by password. Where two-step verification is on, that gives no session but a sign-in that waits for the
 * second step. Unknown names, wrong passwords and disabled accounts get the same answer after the same work. Throws
 * `Problem`: `invalid` for these, `unavailable` after too many of them.
 */
export async function signIn(
  services: Services,
  grant: Grant<'session.create'>,
  input: { readonly name: string; readonly password: string; readonly browser: Browser },
): Promise<SignedIn | { readonly pending: string }> {
  const { database } = services;
  const account = await accountRowForSignIn(database, input.name.trim());
  const origin = await originOf(services, grant, input.browser, account?.id);
  const limits = passwordLimits(input.name, origin);
  const succeeded = await beginAttempt(database, limits, services.clock());
  const right = await (account === undefined
    ? verifyNothing(input.password)
    : verifyPassword(input.password, account.password));
  if (account === undefined || !right || account.state !== 'active') throw refusedSignIn();
  await succeeded();
  const now = services.clock();
  return transact(services, async (trx) => {
    // Changing the password ends the sessions that there are: one that begins just then must not be left over.
    const present = await accountRowById(trx, account.id);
    if (present?.password !== account.password || present.state !== 'active') throw refusedSignIn();
    return present.two_step_at === null
      ? begin(trx, services, grant, present, input.browser, 'password', now)
      : { pending: await startPendingSignIn(trx, present, now) };
  });
}

/** What may be offered at the second step of a waiting sign-in. */
export interface SecondStepOffer {
  readonly hasApp: boolean;
  /** For the script of the page; undefined where the account has no passkey that works here. */
  readonly passkey: PasskeyRequest | undefined;
}

/** Throws `Problem` with the code `not_found` when the sign-in no longer waits. */
export async function viewSecondStep(
  services: Services,
  _grant: Grant<'session.create'>,
  token: string,
): Promise<SecondStepOffer> {
  const pending = await findPendingSignIn(services.database, token, services.clock());
  if (pending === undefined) throw refusedPending();
  return offerOf(services, pending.accountId, purposeOf(pending));
}

/** What an account can be asked for. @param purpose what a passkey's answer will be good for */
export async function offerOf(
  services: Services,
  accountId: string,
  purpose: string,
): Promise<SecondStepOffer> {
  const party = relyingPartyOf(services.publicUrl);
  const present = await listPasskeys(services.database, accountId);
  const here = present.filter(({ host }) => host === party?.id);
  return {
    hasApp: (await appSince(services.database, accountId)) !== null,
    passkey:
      party === undefined || here.length === 0
        ? undefined
        : await askForPasskey(services.keys, party, here, purpose, services.clock()),
  };
}

/**
 * Completes a sign-in by its second step. Throws `Problem`: `not_found` when it no longer waits, `invalid` when the step does not
 * hold, `unavailable` after too many tries; `PasskeyWentBack` for a key that seems to be copied.
 */
export async function completeSignIn(
  services: Services,
  grant: Grant<'session.create'>,
  input: SecondStepInput & { readonly pending: string; readonly browser: Browser },
): Promise<SignedIn> {
  const { database } = services;
  const pending = await findPendingSignIn(database, input.pending, services.clock());
  if (pending === undefined) throw refusedPending();
  const { accountId } = pending;
  const origin = await originOf(services, grant, input.browser, accountId);
  const guessable = input.passkey === '' && isAppCode(input.code);
  const limits = secondStepLimits(accountId, pending.digest, origin, guessable);
  const succeeded = await beginAttempt(database, limits, services.clock());
  const held = await heldPasskey(services, input.passkey, purposeOf(pending), accountId);
  const now = services.clock();
  const signedIn = await notingCopies(services, grant, () =>
    transact(services, async (trx) => {
      const present = await accountRowById(trx, accountId);
      if (present?.password !== pending.password || present.state !== 'active') throw refusedPending();
      const taken = await takeSecondStep(trx, services, accountId, input.code, held, now);
      if (!(await takePendingSignIn(trx, pending))) throw refusedPending();
      return begin(trx, services, grant, present, input.browser, taken, now);
    }),
  );
  await succeeded();
  return signedIn;
}

/** For the script of the sign-in page; undefined where browsers know no passkeys, see `relyingPartyOf`. */
export async function offerPasskeyAlone(
  services: Services,
  _grant: Grant<'session.create'>,
): Promise<PasskeyRequest | undefined> {
  const party = relyingPartyOf(services.publicUrl);
  return party && askForPasskey(services.keys, party, 'any', ALONE, services.clock());
}

/**
 * Signs in whom their passkey names, without a password: for that the authenticator must have verified its person. Throws as
 * `completeSignIn` does.
 */
export async function signInByPasskey(
  services: Services,
  grant: Grant<'session.create'>,
  input: { readonly passkey: string; readonly browser: Browser },
): Promise<SignedIn> {
  const { database } = services;
  const limits = passkeyLimits({ address: grant.address ?? '' });
  const succeeded = await beginAttempt(database, limits, services.clock());
  const held = await heldPasskey(services, input.passkey, ALONE);
  if (held === undefined || !held.verifiedPerson) {
    throw new Problem(
      'invalid',
      'By itself a passkey signs in only where it asks for a PIN, a finger or a face. Sign in with your password, then use it.',
    );
  }
  const now = services.clock();
  const signedIn = await notingCopies(services, grant, () =>
    transact(services, async (trx) => {
      const present = await accountRowById(trx, held.passkey.accountId);
      if (present === undefined || present.state !== 'active') throw refusedSignIn();
      await takePasskey(trx, held, now);
      return begin(trx, services, grant, present, input.browser, 'passkey alone', now);
    }),
  );
  await succeeded();
  return signedIn;
}

const purposeOf = ({ digest }: { readonly digest: string }): string => `second step of ${digest}`;

async function originOf(
  services: Services,
  grant: Grant<'session.create'>,
  { known }: Browser,
  accountId: string | undefined,
): Promise<Origin> {
  const isKnown =
    accountId !== undefined &&
    known !== undefined &&
    (await isKnownBrowser(services.database, known, accountId, services.clock()));
  return { address: grant.address ?? '', knownBrowser: isKnown ? nameOfBrowser(known) : undefined };
}

/** Begins the session, remembers the browser, and writes both down; its owner hears of a new place, and of a recovery code. */
async function begin(
  trx: Handle,
  services: Services,
  grant: Grant<'session.create'>,
  account: { readonly id: string; readonly username: string; readonly must_change_password: number },
  browser: Browser,
  by: 'password' | 'passkey alone' | StepTaken,
  now: number,
): Promise<SignedIn> {
  const { id, token } = await startSession(
    trx,
    account.id,
    { address: grant.address ?? '', userAgent: browser.userAgent, passedTwoStep: by !== 'password' },
    now,
  );
  const remembered = await rememberBrowser(trx, browser.known, account.id, now);
  const here = (about: About): About => ({
    ...about,
    place: { ...about.place, browser: browserName(browser.userAgent) },
  });
  if (by === 'recovery code') {
    const left = await recoveryCodesLeft(trx, account.id);
    const facts = (about: About) => ({ ...here(about), left });
    await tell(trx, services, grant, account.id, 'recovery code used', facts, now);
  } else if (remembered.isNew) {
    await tell(trx, services, grant, account.id, 'signed in', here, now);
  }
  await recordAudit(
    trx,
    {
      principal: grant.principal,
      address: grant.address,
      operation: grant.operation,
      target: { type: 'session', id },
      detail: { account: account.id, by, ...(remembered.isNew && { newPlace: true }) },
    },
    now,
  );
  return {
    token,
    browser: remembered.token,
    username: account.username,
    mustChangePassword: account.must_change_password === 1,
  };
}
