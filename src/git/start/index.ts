/** Starting processes: through a small helper where a host runs, directly elsewhere. */
import { HelperClient } from './client.ts';
import { startDirectly } from './direct.ts';
import { KeptHelper } from './host.ts';
import type { ProcessToStart, StartedProcess } from './process.ts';

export type { ProcessToStart, StartedProcess } from './process.ts';

/** Names the helper's socket to the workers of a host. */
export const HELPER_VARIABLE = 'LATCHKEY_PROCESS_HELPER';

let client: HelperClient | undefined;

export const startProcess = (wanted: ProcessToStart): StartedProcess =>
  client === undefined ? startDirectly(wanted) : client.start(wanted);

export interface UsedHelper {
  /** To be given to workers in their environment, so that they use the same helper. */
  readonly environment: Readonly<Record<string, string>>;
  readonly pid: number | undefined;
  readonly state: { readonly isRunning: boolean; readonly starts: number };
  /** Back to starting directly; what still runs is ended. */
  stop(): Promise<void>;
}

/** From now on every process is started by a helper: the one that the environment names, or one of our own. */
export async function useHelper(): Promise<UsedHelper> {
  const given = process.env[HELPER_VARIABLE];
  const kept = given === undefined ? await KeptHelper.start() : undefined;
  const socket = kept?.socket ?? given ?? '';
  const opened = new HelperClient(socket);
  await opened.open();
  client = opened;
  return {
    environment: { [HELPER_VARIABLE]: socket },
    get pid() {
      return kept?.pid;
    },
    get state() {
      return { isRunning: kept?.isRunning ?? true, starts: kept?.starts ?? 0 };
    },
    async stop() {
      if (client === opened) client = undefined;
      opened.close();
      await kept?.stop();
    },
  };
}
