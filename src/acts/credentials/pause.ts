import { pauseCredentials, resumeCredentials } from '../../credentials/index.ts';
import type { Grant } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';
import { meantBy } from './meant.ts';
import type { TokenGrant } from './token-place.ts';

type PausingGrant = Grant<'own_credential.pause'> | TokenGrant<'pause'> | Grant<'credential.pause'>;
type ResumingGrant = Grant<'own_credential.resume'> | TokenGrant<'resume'> | Grant<'credential.resume'>;

/**
 * Has a credential open nothing until it is resumed, with an OAuth token its whole family; the first request that starts
 * after this has answered is refused. It keeps its history and its limits, and ends when it was to end. Throws `Problem` for
 * one that is not the grant's, has ended or is paused already.
 */
export async function pauseCredential(services: Services, grant: PausingGrant, id: string): Promise<void> {
  const paused = await change(
    services,
    grant,
    async (trx, now) => {
      const meant = await meantBy(trx, grant, id, now);
      return meant === null ? 0 : pauseCredentials(trx, meant, now);
    },
    (count) => (count === 0 ? null : { target: { type: 'credential', id } }),
  );
  if (paused === 0)
    throw new Problem(
      'not_found',
      `There is no active credential ${id} here: it may be paused already, or have ended.`,
    );
}

/** Lets a paused one go on, from the next request on. Throws `Problem` for one that is not the grant's, has ended or is not paused. */
export async function resumeCredential(services: Services, grant: ResumingGrant, id: string): Promise<void> {
  const resumed = await change(
    services,
    grant,
    async (trx, now) => {
      const meant = await meantBy(trx, grant, id, now);
      return meant === null ? 0 : resumeCredentials(trx, meant, now);
    },
    (count) => (count === 0 ? null : { target: { type: 'credential', id } }),
  );
  if (resumed === 0)
    throw new Problem(
      'not_found',
      `There is no paused credential ${id} here: it may have been resumed already, or have ended.`,
    );
}
