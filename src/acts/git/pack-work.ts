import type { Grant } from '../../gate/index.ts';
import { gitEnd, type GitChild } from '../../git/process.ts';
import type { PackWork } from '../../limits/pack-queue.ts';

type GitGrant =
  | Grant<'repository.fetch'>
  | Grant<'wiki.fetch'>
  | Grant<'repository.push'>
  | Grant<'wiki.push'>;

/** In whose name work waits for its turn: of strangers, their address. */
export const workOf = ({ principal, targets: [{ id }], address }: GitGrant): PackWork => ({
  credential: principal.type === 'credential' ? principal.credentialId : (address ?? principal.type),
  repository: id,
});

/** Starts Git in the turn that was given: it ends with Git, and at once where Git could not be started. */
export function startedIn(release: () => void, start: () => GitChild): GitChild {
  try {
    const child = start();
    gitEnd(child).then(release, release);
    return child;
  } catch (error) {
    release();
    throw error;
  }
}
