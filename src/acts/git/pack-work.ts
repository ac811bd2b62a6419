import { accountOf, type Grant } from '../../gate/index.ts';
import { gitEnd, type GitChild } from '../../git/process.ts';
import type { PackWork, Turn } from '../../limits/pack-queue.ts';

type GitGrant =
  | Grant<'repository.fetch'>
  | Grant<'wiki.fetch'>
  | Grant<'source.read'>
  | Grant<'repository.push'>
  | Grant<'ref.create'>
  | Grant<'wiki.push'>;

/** In whose name work waits for its turn: of people on the pages their account, of strangers their address. */
export const workOf = ({ principal, targets: [{ id }], address }: GitGrant): PackWork => ({
  credential:
    principal.type === 'credential'
      ? principal.credentialId
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
