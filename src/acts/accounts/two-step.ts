import {
  accountRowById,
  addPasskey,
  askForNewPasskey,
  choosePasskeyName,
  confirmSeed,
  endSessions,
  listPasskeys,
  MOST_PASSKEYS,
  passTwoStep,
  proposedSeed,
  proposeSeed,
  readNewPasskey,
  relyingPartyOf,
  removeApp,
  removePasskeys,
  removeTwoStep,
  renamePasskey,
  replaceRecoveryCodes,
  seedAddress,
  settleTwoStep,
  takeChallenge,
  viewTwoStep,
  type PasskeyRequest,
  type TwoStep,
} from '../../accounts/index.ts';
import type { Secret } from '../../credentials/index.ts';
import { accountOf, type Grant } from '../../gate/index.ts';
import { invalid, Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { change } from '../transaction.ts';
import { tell } from './tell.ts';

type ChangeGrant = Grant<'two_step.change'>;

/** How the account of the grant is protected; `passkeysFor` is the host name for which passkeys work, null where none do. */
export async function viewOwnTwoStep(
  services: Services,
  grant: Grant<'two_step.view'> | ChangeGrant,
): Promise<TwoStep & { readonly passkeysFor: string | null }> {
  return {
    ...(await viewTwoStep(services.database, grant.targets[0].id)),
    passkeysFor: relyingPartyOf(services.publicUrl)?.id ?? null,
  };
}

/** Proposes an authenticator app a new seed, which counts for nothing until one of its codes was given. */
export async function proposeApp(services: Services, grant: ChangeGrant): Promise<void> {
  await change(
    services,
    grant,
    (trx, now) => proposeSeed(trx, services.seals, grant.targets[0].id, now),
    () => null,
  );
}

/** The proposed seed, and the address of the picture that an app reads; undefined when none is proposed. */
export async function viewProposedApp(
  services: Services,
  grant: ChangeGrant,
): Promise<{ readonly seed: Secret; readonly address: string } | undefined> {
  const [{ id }] = grant.targets;
  const seed = await proposedSeed(services.database, services.seals, id);
  if (seed === undefined) return undefined;
  const issuer = `Latchkey ${new URL(services.publicUrl).host}`;
  return { seed, address: seedAddress(seed, issuer, accountOf(grant.principal)?.username ?? id) };
}

/**
 * Makes the proposed app the account's by one of its codes. @returns ten recovery codes, to be shown once, when that turned
 * two-step verification on; else null. Throws `Problem` for a wrong code.
 */
export function confirmApp(
  services: Services,
  grant: ChangeGrant,
  code: string,
): Promise<readonly Secret[] | null> {
  return add(services, grant, 'app added', async (trx, id, now) => {
    if (!(await confirmSeed(trx, services.seals, id, code, now))) {
      throw invalid(
        'code',
        'This is not the code that the app should show now. Check that the clock of the phone is right, and type the next one.',
      );
    }
  });
}

const purposeOf = (grant: ChangeGrant): string =>
  `register ${grant.principal.type === 'session' ? grant.principal.sessionId : ''}`;

/** What the script asks the browser for; undefined where passkeys do not work. */
export async function offerNewPasskey(
  services: Services,
  grant: ChangeGrant,
): Promise<PasskeyRequest | undefined> {
  const party = relyingPartyOf(services.publicUrl);
  const account = accountOf(grant.principal);
  if (party === undefined || account === null) return undefined;
  const present = await listPasskeys(services.database, account.id);
  return askForNewPasskey(services.keys, party, account, present, purposeOf(grant), services.clock());
}

/** Registers what the authenticator answered. Returns and throws as `confirmApp` does. */
export async function registerPasskey(
  services: Services,
  grant: ChangeGrant,
  input: { readonly name: string; readonly answer: string },
): Promise<readonly Secret[] | null> {
  const name = choosePasskeyName(input.name);
  const party = relyingPartyOf(services.publicUrl);
  const made =
    party && (await readNewPasskey(services.keys, party, input.answer, purposeOf(grant), services.clock()));
  const refused = () => invalid('passkey', 'The passkey or security key was not accepted. Try again.');
  if (made === undefined) throw refused();
  return add(services, grant, 'passkey added', async (trx, accountId, now) => {
    if (!(await takeChallenge(trx, made.challenge, now))) throw refused();
    if ((await listPasskeys(trx, accountId)).length >= MOST_PASSKEYS) {
      throw new Problem('conflict', `An account has at most ${MOST_PASSKEYS} passkeys. Remove one first.`);
    }
    await addPasskey(trx, { ...made, accountId, name }, now);
  });
}

/** Throws `Problem` for a passkey that the account has not. */
export async function nameOwnPasskey(
  services: Services,
  grant: ChangeGrant,
  id: string,
  typed: string,
): Promise<void> {
  const name = choosePasskeyName(typed);
  const [{ id: accountId }] = grant.targets;
  await change(
    services,
    grant,
    async (trx) => {
      if (!(await renamePasskey(trx, accountId, id, name))) throw noSuchPasskey();
    },
    () => ({ target: { type: 'account', id: accountId }, detail: { what: 'passkey named', passkey: id } }),
  );
}

/**
 * Removes one way, or all. With the last one two-step verification is off. @returns whether it is off now. Throws `Problem`
 * for what the account has not.
 */
export async function removeStep(
  services: Services,
  grant: ChangeGrant,
  which: 'app' | 'all' | { readonly passkey: string },
): Promise<boolean> {
  const [{ id }] = grant.targets;
  return change(
    services,
    grant,
    async (trx, now) => {
      const off = await removeOne(trx, id, which, now);
      const what = off ? 'turned off' : REMOVED[which === 'app' ? 'app' : 'passkey'];
      await tellOfChange(trx, services, grant, what, now);
      return off;
    },
    (off) => ({
      target: { type: 'account', id },
      detail: {
        what: which === 'all' ? 'everything removed' : which === 'app' ? 'app removed' : 'passkey removed',
        off,
      },
    }),
  );
}

/** Ten new recovery codes in the place of the old ones, to be shown once. Throws `Problem` while two-step verification is off. */
export async function renewRecoveryCodes(services: Services, grant: ChangeGrant): Promise<readonly Secret[]> {
  const [{ id }] = grant.targets;
  return change(
    services,
    grant,
    async (trx, now) => {
      const account = await accountRowById(trx, id);
      if (account === undefined || account.two_step_at === null)
        throw new Problem('conflict', 'Recovery codes come with two-step verification, which is off.');
      await tellOfChange(trx, services, grant, 'New recovery codes were made', now);
      return replaceRecoveryCodes(trx, services.keys, id, now);
    },
    () => ({ target: { type: 'account', id }, detail: { what: 'recovery codes renewed' } }),
  );
}

/**
 * Removes everything but the password from somebody else's account, who lost it all. Their sessions end: whoever signs in next does
 * so by the password. Throws `Problem` when there is nothing to remove.
 */
export async function resetTwoStep(
  services: Services,
  grant: Grant<'account.reset_two_step'>,
): Promise<void> {
  const [, { id, username }] = grant.targets;
  await change(
    services,
    grant,
    async (trx, now) => {
      if (!(await removeTwoStep(trx, id, now)))
        throw new Problem('conflict', `The account ${username} has no two-step verification.`);
      await tell(trx, services, grant, id, 'two-step reset', ({ username, at }) => ({ username, at }), now);
      return endSessions(trx, id, 'all', now);
    },
    (ended) => ({ target: { type: 'account', id }, detail: { ended } }),
  );
}

const noSuchPasskey = (): Problem =>
  new Problem('not_found', 'There is no such passkey or security key on this account.');

const ADDED = {
  'app added': 'An authenticator app was added',
  'passkey added': 'A passkey or security key was added',
} as const;
const REMOVED = {
  app: 'The authenticator app was removed',
  passkey: 'A passkey or security key was removed',
} as const;

/** @returns whether two-step verification is off now */
async function removeOne(
  trx: Handle,
  id: string,
  which: 'app' | 'all' | { readonly passkey: string },
  now: number,
): Promise<boolean> {
  const missing = (what: string) => new Problem('not_found', `There is no ${what} on this account.`);
  if (which === 'all') {
    if (!(await removeTwoStep(trx, id, now))) throw missing('two-step verification');
    return true;
  }
  if (which === 'app') {
    if (!(await removeApp(trx, id))) throw missing('authenticator app');
  } else if ((await removePasskeys(trx, id, { id: which.passkey })) === 0) throw noSuchPasskey();
  return (await settleTwoStep(trx, id, now)) === 'turned off';
}

/** By mail to the account of the grant; `what` is a change in words where it stays on. */
async function tellOfChange(
  trx: Handle,
  services: Services,
  grant: ChangeGrant,
  what: string,
  now: number,
): Promise<void> {
  const [{ id }] = grant.targets;
  if (what === 'turned on' || what === 'turned off')
    return tell(trx, services, grant, id, `two-step ${what}`, (about) => about, now);
  return tell(trx, services, grant, id, 'two-step changed', (about) => ({ ...about, what }), now);
}

/** Adds a way. The first turns two-step verification on: the session that did it goes on, all others end. */
async function add(
  services: Services,
  grant: ChangeGrant,
  what: keyof typeof ADDED,
  work: (trx: Handle, accountId: string, now: number) => Promise<void>,
): Promise<readonly Secret[] | null> {
  const [{ id }] = grant.targets;
  const { principal } = grant;
  return change(
    services,
    grant,
    async (trx, now) => {
      await work(trx, id, now);
      const turnedOn = (await settleTwoStep(trx, id, now)) === 'turned on';
      await tellOfChange(trx, services, grant, turnedOn ? 'turned on' : ADDED[what], now);
      if (!turnedOn) return null;
      if (principal.type === 'session') {
        await passTwoStep(trx, principal.sessionId);
        await endSessions(trx, id, { allBut: principal.sessionId }, now);
      }
      return replaceRecoveryCodes(trx, services.keys, id, now);
    },
    (codes) => ({ target: { type: 'account', id }, detail: { what, turnedOn: codes !== null } }),
  );
}
