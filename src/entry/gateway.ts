import type { DigestKeys, UsageRecorder } from '../credentials/index.ts';
import type { Database } from '../store/handle.ts';

/** What entry needs of the host. */
export interface Gateway {
  readonly database: Database;
  readonly keys: DigestKeys;
  readonly usage: UsageRecorder;
  readonly clock: () => number;
  readonly settings: {
    /** Whether everybody with an account may create workspaces, or administrators alone. */
    readonly peopleMayCreateWorkspaces: boolean;
    /** Host name in the e-mail addresses of bots. */
    readonly botHost: string;
  };
}
