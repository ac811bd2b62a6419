import type { Grant } from '../../gate/index.ts';
import { beginAttempt, deviceCodeLimits } from '../../limits/index.ts';
import {
  answerDevice,
  claimDevice,
  consumerById,
  deviceById,
  userCodeForm,
  type Consumer,
  type Device,
} from '../../oauth/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';
import { giveConsent, type Choice } from './consent.ts';

/** What a device waits for, as the person who entered its code sees it. */
export interface WaitingDevice {
  readonly device: Device;
  readonly consumer: Consumer;
}

const unknownCode = () =>
  new Problem(
    'not_found',
    'There is no device with this code: check it, or begin again on the device. A code is good for ten minutes.',
    { fields: { user_code: ['There is no device with this code. A code is good for ten minutes.'] } },
  );

/**
 * Binds the device of a code to the person who entered it. Guesses are counted for the account. Throws
 * `Problem`; a code that is wrong and one that is another person's are not told apart.
 */
export async function enterDeviceCode(
  services: Services,
  grant: Grant<'consent.give'>,
  typed: string,
): Promise<WaitingDevice> {
  const [{ id: accountId }] = grant.targets;
  const succeeded = await beginAttempt(services.database, deviceCodeLimits(accountId), services.clock());
  const code = userCodeForm(typed);
  const device =
    code === undefined
      ? undefined
      : await claimDevice(services.database, services.keys, code, accountId, services.clock());
  const consumer =
    device === undefined ? undefined : await consumerById(services.database, device.consumerId);
  if (device === undefined || consumer === undefined) throw unknownCode();
  await succeeded();
  return { device, consumer };
}

/** A device that this person claimed and has not answered. Throws `Problem`. */
export async function viewDevice(
  services: Services,
  grant: Grant<'consent.give'> | Grant<'consent.view'>,
  id: string,
): Promise<WaitingDevice> {
  const device = await deviceById(services.database, id, grant.targets[0].id, services.clock());
  const consumer =
    device === undefined ? undefined : await consumerById(services.database, device.consumerId);
  if (device === undefined || consumer === undefined) throw unknownCode();
  return { device, consumer };
}

/** A no to a device. Throws `Problem` when it was answered or has expired. */
export async function denyWaitingDevice(
  services: Services,
  grant: Grant<'consent.view'>,
  id: string,
): Promise<void> {
  const [{ id: accountId }] = grant.targets;
  const { consumer } = await viewDevice(services, grant, id);
  await change(
    services,
    grant,
    async (trx, now) => {
      if (!(await answerDevice(trx, id, accountId, null, now))) throw unknownCode();
    },
    () => ({
      target: { type: 'account', id: accountId },
      detail: { consumer: consumer.key, answer: 'no' },
    }),
  );
}

/** A yes to a device: what the person left of what it asks. Throws `Problem` when it was answered or has expired. */
export async function approveWaitingDevice(
  services: Services,
  grant: Grant<'consent.give'>,
  id: string,
  choice: Choice,
): Promise<void> {
  const [{ id: accountId }] = grant.targets;
  const waiting = await viewDevice(services, grant, id);
  await giveConsent(
    services,
    grant,
    { consumer: waiting.consumer, asked: waiting.device.asked },
    choice,
    async (trx, consentId, now) => {
      // Thrown inside, so that no consent stays behind that belongs to nothing.
      if (!(await answerDevice(trx, id, accountId, consentId, now))) throw unknownCode();
    },
  );
}
