import { accountRowById, confirmSession, verifyPassword } from '../../accounts/index.ts';
import type { Grant, SessionPrincipal } from '../../gate/index.ts';
import { beginAttempt, confirmationLimits } from '../../limits/index.ts';
import { invalid } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';
import {
  heldPasskey,
  notingCopies,
  takePasskey,
  takeSecondStep,
  type SecondStepInput,
} from './second-step.ts';
import { offerOf, type SecondStepOffer } from './sign-in.ts';

const purposeOf = (sessionId: string): string => `confirm ${sessionId}`;

/** What a person may confirm with beside the password. */
export async function viewConfirmation(
  services: Services,
  grant: Grant<'session.confirm'>,
): Promise<SecondStepOffer & { readonly hasTwoStep: boolean }> {
  const { account, sessionId } = sessionOf(grant);
  const offer = await offerOf(services, account.id, purposeOf(sessionId));
  return { ...offer, hasTwoStep: account.hasTwoStep };
}

/**
 * Notes that the person of a session has just proved to be there, so that what wants a fresh confirmation may be done: by a
 * passkey that verified them, or by the password and, where two-step verification is on, the second step. Throws `Problem`
 * when that does not hold, `PasskeyWentBack` for a key that seems to be copied.
 */
export async function confirm(
  services: Services,
  grant: Grant<'session.confirm'>,
  input: SecondStepInput & { readonly password: string },
): Promise<void> {
  const { account, sessionId } = sessionOf(grant);
  const succeeded = await beginAttempt(services.database, confirmationLimits(sessionId), services.clock());
  const held = await heldPasskey(services, input.passkey, purposeOf(sessionId), account.id);
  const alone = held?.verifiedPerson === true;
  if (!alone) {
    const row = await accountRowById(services.database, account.id);
    if (row === undefined || !(await verifyPassword(input.password, row.password))) {
      throw invalid(
        'password',
        held === undefined
          ? 'This is not your password.'
          : 'Your security key did not ask who you are, so your password is needed besides: type it, then use the key again.',
      );
    }
  }
  await notingCopies(services, grant, () =>
    change(
      services,
      grant,
      async (trx, now) => {
        if (held !== undefined && (alone || !account.hasTwoStep)) await takePasskey(trx, held, now);
        else if (account.hasTwoStep) await takeSecondStep(trx, services, account.id, input.code, held, now);
        await confirmSession(trx, sessionId, now);
      },
      () => ({ target: { type: 'session', id: sessionId } }),
    ),
  );
  await succeeded();
}

function sessionOf({ principal }: Grant<'session.confirm'>): SessionPrincipal {
  if (principal.type !== 'session') throw new TypeError('Only a session is confirmed.');
  return principal;
}
