import type { Readable } from 'node:stream';
import { accountOf, type Grant } from '../../gate/index.ts';
import { gitEnd, type GitChild } from '../../git/process.ts';
import type { PackWork, Turn } from '../../limits/pack-queue.ts';
import type { Services } from '../../services.ts';
import { streamToClient } from './patience.ts';

type GitGrant =
  | Grant<'repository.fetch'>
  | Grant<'wiki.fetch'>
  | Grant<'source.read'>
  | Grant<'repository.push'>
  | Grant<'ref.create'>
  | Grant<'pull_request.merge'>
  | Grant<'wiki.push'>;

/** In whose name work waits for its turn: of people on the pages their account, of strangers their address. */
export const workOf = ({ principal, targets: [{ id }], address }: GitGrant): PackWork => ({
  credential:
    principal.type === 'credential'
      ? principal.originId
      : (accountOf(principal)?.id ?? address ?? principal.type),
  repository: id,
});

/** What is started gives its turn back when it ends, and at once where it could not be. */
export function startedIn(turn: Turn, start: () => GitChild): GitChild {
  try {
    const child = start();
    gitEnd(child).then(turn.end, turn.end);
    return child;
  } catch (error) {
    turn.end();
    throw error;
  }
}

/**
 * What Git writes at the pace of a client, in a turn of what packs. Destroying it ends what writes.
 * @param signal aborted when the client is gone
 * @param ready runs when it is its turn, and what it throws ends it. Throws `Busy`, and the reason of the signal.
 */
export async function streamInTurn(
  { packQueue }: Services,
  grant: GitGrant,
  signal: AbortSignal,
  start: () => Readable,
  ready: () => Promise<void> = async () => {},
): Promise<Readable> {
  const turn = await packQueue.enter(workOf(grant), signal);
  await ready().catch((error: unknown) => {
    turn.end();
    throw error;
  });
  return streamToClient(start, turn);
}
