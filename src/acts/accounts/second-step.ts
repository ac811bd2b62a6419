import {
  isRecoveryCode,
  readAssertion,
  relyingPartyOf,
  takeAppCode,
  takeAssertion,
  takeRecoveryCode,
  type HeldAssertion,
  type Passkey,
} from '../../accounts/index.ts';
import type { Grant } from '../../gate/index.ts';
import { invalid, Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { change } from '../transaction.ts';

/** What a form brings for the second step; either may be empty. */
export interface SecondStepInput {
  /** Of the authenticator app, or a recovery code. */
  readonly code: string;
  /** What a passkey answered, as JSON. */
  readonly passkey: string;
}

export type StepTaken = 'app code' | 'recovery code' | 'passkey';

const passkeyRefused = () =>
  invalid('passkey', 'The passkey or security key was not accepted. Try again, or take another way.');

/** A copy of the key is about, or so its counter says: it opens nothing, and its owner should hear of it. */
export class PasskeyWentBack extends Problem {
  readonly passkey: Passkey;
  constructor({ passkey }: HeldAssertion) {
    super(
      'invalid',
      'This key answered out of order, as a copy of it would. Remove it, and register it anew.',
      {
        fields: { passkey: ['This key answered out of order, as a copy of it would.'] },
      },
    );
    this.passkey = passkey;
  }
}

/**
 * Reads what a passkey answered, before the transaction that uses it up. Undefined when none was sent; throws `Problem` for an
 * answer that does not hold, or, with `accountId`, that is another account's.
 */
export async function heldPasskey(
  services: Services,
  answer: string,
  purpose: string,
  accountId?: string,
): Promise<HeldAssertion | undefined> {
  if (answer === '') return undefined;
  const party = relyingPartyOf(services.publicUrl);
  const held =
    party === undefined
      ? undefined
      : await readAssertion(services.database, services.keys, party, answer, purpose, services.clock());
  if (held === undefined || (accountId !== undefined && held.passkey.accountId !== accountId)) {
    throw passkeyRefused();
  }
  return held;
}

/** Uses a passkey's answer up. Throws `Problem` for one that was used, `PasskeyWentBack` for one of a copied key. */
export async function takePasskey(trx: Handle, held: HeldAssertion, now: number): Promise<void> {
  const taken = await takeAssertion(trx, held, now);
  if (taken === 'went back') throw new PasskeyWentBack(held);
  if (taken === 'used') throw passkeyRefused();
}

/**
 * Takes the second step of an account, each code and answer once. Inside, nothing but the database is awaited. Throws `Problem`
 * when it does not hold; what was wrong with it is not told apart.
 */
export async function takeSecondStep(
  trx: Handle,
  services: Services,
  accountId: string,
  code: string,
  held: HeldAssertion | undefined,
  now: number,
): Promise<StepTaken> {
  if (held !== undefined) {
    await takePasskey(trx, held, now);
    return 'passkey';
  }
  if (isRecoveryCode(code)) {
    if (await takeRecoveryCode(trx, services.keys, accountId, code, now)) return 'recovery code';
  } else if (await takeAppCode(trx, services.seals, accountId, code, now)) return 'app code';
  throw invalid(
    'code',
    'This code is not right, or was used already. An app shows a new one every half minute; a recovery code works once.',
  );
}

/** Runs a transaction that takes a passkey, and writes down when that turned out to be copied: what it would have written is undone. */
export async function notingCopies<Result>(
  services: Services,
  grant: Grant<'session.create'> | Grant<'session.confirm'>,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PasskeyWentBack) {
      const { accountId: id, name } = error.passkey;
      await change(
        services,
        grant,
        async () => undefined,
        () => ({ target: { type: 'account', id }, detail: { what: 'counter went back', passkey: name } }),
      );
    }
    throw error;
  }
}
