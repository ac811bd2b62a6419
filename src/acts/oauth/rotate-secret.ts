import {
  carryBounds,
  chooseOverlap,
  DAY_MS,
  retireCredentials,
  type Secret,
} from '../../credentials/index.ts';
import { accountOf, type Grant } from '../../gate/index.ts';
import { consumerById } from '../../oauth/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';
import { makeSecret, findOauthConsumer } from './consumers.ts';

/**
 * A new secret for a private consumer, confined as the one before it. Earlier ones, and the tokens of the app user that
 * came of them, go on working for `overlapDays` days at most. The secret is in the answer and can never be had again. Throws `Problem`.
 */
export async function rotateConsumerSecret(
  services: Services,
  grant: Grant<'consumer.rotate'>,
  key: string,
  overlapDays: number,
): Promise<{ readonly id: string; readonly secret: Secret; readonly earlierEndAt: number }> {
  const overlapMs = chooseOverlap(overlapDays) * DAY_MS;
  const { consumer, secrets } = await findOauthConsumer(services, grant, key);
  if (!consumer.isPrivate) throw new Problem('conflict', 'A public consumer has no secret to replace.');
  // One that ended confines its successor as well.
  const current = secrets.find(({ state }) => state === 'active') ?? secrets[0];
  return change(
    services,
    grant,
    async (trx, now) => {
      // Read again: what was deleted meanwhile gets no secret.
      if ((await consumerById(trx, consumer.id)) === undefined)
        throw new Problem('not_found', 'This OAuth consumer no longer exists.');
      const earlierEndAt = now + overlapMs;
      await retireCredentials(
        trx,
        { type: 'consumer', id: consumer.id },
        'oauth_consumer_secret',
        earlierEndAt,
        now,
      );
      const created = await makeSecret(services, trx, consumer, accountOf(grant.principal)?.id ?? null, now);
      if (current !== undefined) await carryBounds(trx, current.id, created.id);
      return { ...created, earlierEndAt };
    },
    ({ id }) => ({
      target: { type: 'credential', id },
      detail: { consumer: consumer.key, overlapDays },
    }),
  );
}
