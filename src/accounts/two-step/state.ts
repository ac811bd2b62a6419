import type { Handle } from '../../store/handle.ts';
import { appSince, removeApp } from './app.ts';
import { listPasskeys, removePasskeys, type Passkey } from './passkeys.ts';
import { recoveryCodesLeft, removeRecoveryCodes } from './recovery.ts';

/** How an account is protected beside its password. */
export interface TwoStep {
  readonly appSince: number | null;
  readonly passkeys: readonly Passkey[];
  readonly recoveryCodesLeft: number;
}

export async function viewTwoStep(db: Handle, accountId: string): Promise<TwoStep> {
  return {
    appSince: await appSince(db, accountId),
    passkeys: await listPasskeys(db, accountId),
    recoveryCodesLeft: await recoveryCodesLeft(db, accountId),
  };
}

/**
 * Brings the account's own mark into line after an app or a passkey came or went: two-step verification is on while there is
 * one of them. With the last, the recovery codes go too. Wants the transaction of the change, in which
 * no other one happens: of two who take away one each the second sees what the first did.
 * @returns what that did to it
 */
export async function settleTwoStep(
  trx: Handle,
  accountId: string,
  now: number,
): Promise<'turned on' | 'turned off' | 'as before'> {
  const present =
    (await appSince(trx, accountId)) !== null || (await listPasskeys(trx, accountId)).length > 0;
  const marked = trx.updateTable('account').where('id', '=', accountId);
  const { numUpdatedRows } = await (present
    ? marked.set({ two_step_at: now, updated_at: now }).where('two_step_at', 'is', null)
    : marked.set({ two_step_at: null, updated_at: now }).where('two_step_at', 'is not', null)
  ).executeTakeFirst();
  if (numUpdatedRows === 0n) return 'as before';
  if (!present) await removeRecoveryCodes(trx, accountId);
  return present ? 'turned on' : 'turned off';
}

/** Removes everything but the password. @returns whether there was anything */
export async function removeTwoStep(trx: Handle, accountId: string, now: number): Promise<boolean> {
  const hadApp = await removeApp(trx, accountId);
  const passkeys = await removePasskeys(trx, accountId, 'all');
  await settleTwoStep(trx, accountId, now);
  return hadApp || passkeys > 0;
}
