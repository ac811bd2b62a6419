import type { Grant } from '../../gate/index.ts';
import { settleMessage, takeMessage, Unreachable } from '../../mail/index.ts';
import type { Services } from '../../services.ts';

/** How a host that is told to stop does so. */
export interface SendingEnds {
  /** After which no further message is begun: what is due stays for the next start. */
  readonly stopping: AbortSignal;
  /** Ends the message under way, which is tried again after the next start. */
  readonly stopped: AbortSignal;
}

/**
 * Sends every message that is due. What fails stays in the outbox and is tried again, later each time.
 * @returns false when the rest waits because nothing can be sent at present
 */
export async function sendDueMail(
  services: Services,
  _grant: Grant<'mail.send'>,
  { stopping, stopped }: SendingEnds,
): Promise<boolean> {
  const { database, seals, mail, log } = services;
  while (!stopping.aborted) {
    const letter = await takeMessage(database, seals, services.clock());
    if (letter === undefined) break;
    if ('givenUp' in letter) {
      log.error({ mail: letter.id }, `A message was given up: ${letter.givenUp}.`);
      continue;
    }
    try {
      await mail.deliver(letter, stopped);
    } catch (error) {
      log.error({ mail: letter.id, error }, 'A message could not be sent and will be tried again.');
      if (error instanceof Unreachable) return false;
      continue;
    }
    await settleMessage(database, letter.id);
  }
  return true;
}
