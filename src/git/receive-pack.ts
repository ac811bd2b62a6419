import { Duplex } from 'node:stream';
import { gitSettings, streamGit, type GitChild } from './process.ts';
import { toleratedFaults } from './tolerated-faults.ts';
import type { WritableRepositoryHandle } from './handle.ts';
import type { ServeOptions } from './upload-pack.ts';

/** The serving half of a push over HTTP: git-receive-pack(1) and gitprotocol-http(5). */

/** The descriptor over which hooks speak with this process: one socket, both ways. Named in the hook scripts. */
export const RELAY_DESCRIPTOR = 3;

/**
 * What holds for every push whatever a repository's own file says. All refs go through the `proc-receive` hook, so that
 * each is answered for on its own and none moves without that answer: where the hook is missing, Git refuses them all.
 */
const settings = {
  'receive.procReceiveRefs': 'refs',
  'receive.advertiseAtomic': 'true',
  'receive.advertisePushOptions': 'false',
  'receive.autogc': 'false',
  'receive.denyDeleteCurrent': 'ignore',
  'receive.denyCurrentBranch': 'ignore',
  'receive.updateServerInfo': 'false',
  // The quarantine borrows from this repository alone, whose refs Git knows: asking it for them takes another Git.
  'core.alternateRefsCommand': 'true',
  'transfer.fsckObjects': 'true',
  'receive.fsckObjects': 'true',
  ...Object.fromEntries(toleratedFaults.map((fault) => [`receive.fsck.${fault}`, 'ignore'])),
};

/** Starts Git to list the refs for a push. There is no version 2 of pushing; it is answered in version 0. */
export function advertiseReceivePack(handle: WritableRepositoryHandle, options: ServeOptions): GitChild {
  const child = streamGit(handle, ['receive-pack', '--http-backend-info-refs', handle.path], {
    signal: options.signal,
    env: environment(options, {}),
  });
  child.stdin.end();
  return child;
}

export interface ReceivingPush {
  readonly child: GitChild;
  /** The other end of the hooks' descriptor. */
  readonly relay: Duplex;
}

/**
 * Starts Git to take a push: the caller writes the request to standard input and answers the hooks of `hooksFolder` over
 * the relay. Nobody aborts it: a push whose client is gone ends by itself, when its input ends.
 */
export function startReceivePack(
  handle: WritableRepositoryHandle,
  options: Pick<ServeOptions, 'version'> & {
    readonly hooksFolder: string;
    /** Git itself gives up a pack that is larger; null for any size. */
    readonly maximumBytes: number | null;
  },
): ReceivingPush {
  const child = streamGit(handle, ['receive-pack', '--stateless-rpc', handle.path], {
    env: {
      ...environment(options, {
        'core.hooksPath': options.hooksFolder,
        ...(options.maximumBytes !== null && { 'receive.maxInputSize': String(options.maximumBytes) }),
      }),
      LATCHKEY_RELAY: String(RELAY_DESCRIPTOR),
    },
    extraStdio: ['pipe'],
  });
  const relay = child.stdio[RELAY_DESCRIPTOR];
  if (!(relay instanceof Duplex)) throw new TypeError('The relay of the hooks was not opened.');
  return { child, relay };
}

const environment = (
  { version }: Pick<ServeOptions, 'version'>,
  extra: Readonly<Record<string, string>>,
): Record<string, string> => ({
  ...gitSettings({ ...settings, ...extra }),
  ...(version === 1 && { GIT_PROTOCOL: 'version=1' }),
});
