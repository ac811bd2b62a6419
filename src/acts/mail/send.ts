import type { Grant } from '../../gate/index.ts';
import { settleMessage, takeMessage, Unreachable } from '../../mail/index.ts';
import type { Services } from '../../services.ts';

/**
 * Sends every message that is due. What fails stays in the outbox and is tried again, later each time.
 * @param signal after which no further message is begun: what is due stays for the next start
 * @returns false when the rest waits because nothing can be sent at present
 */
export async function sendDueMail(
  services: Services,
  _grant: Grant<'mail.send'>,
  signal: AbortSignal,
): Promise<boolean> {
  const { database, seals, mail, log } = services;
  while (!signal.aborted) {
    const letter = await takeMessage(database, seals, services.clock());
    if (letter === undefined) break;
    if ('givenUp' in letter) {
      log.error({ mail: letter.id }, `A message was given up: ${letter.givenUp}.`);
      continue;
    }
    try {
      await mail.deliver(letter);
    } catch (error) {
      log.error({ mail: letter.id, error }, 'A message could not be sent and will be tried again.');
      if (error instanceof Unreachable) return false;
      continue;
    }
    await settleMessage(database, letter.id);
  }
  return true;
}
