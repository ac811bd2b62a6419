import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Services } from '../../src/services.ts';

/** Every table, with the columns that say no more than that something was used. */
const TABLES = {
  account: [],
  app_user: [],
  session: ['last_used_at'],
  workspace: [],
  workspace_member: [],
  workspace_group: [],
  workspace_group_member: [],
  project: [],
  repository: [],
  repository_former_name: [],
  repository_role: [],
  credential: ['last_used_at'],
  credential_scope: [],
  credential_bound: [],
  credential_use: [],
  branch_restriction: [],
  branch_restriction_subject: [],
  commit_status: [],
  pull_request: [],
  pull_request_participant: [],
  pull_request_comment: [],
  pull_request_task: [],
  pull_request_activity: [],
  default_reviewer: [],
  lfs_lock: [],
  download: ['fetches'],
  webhook: [],
  webhook_delivery: [],
  push: [],
  oauth_consumer: [],
  oauth_consent: [],
  oauth_code: [],
  oauth_device: [],
  oauth_token: [],
  push_ref: [],
  pull_request_notice: [],
  unwanted_mail: [],
  audit: [],
} as const;
type Table = keyof typeof TABLES;

interface Host {
  readonly services: Services;
  readonly data: string;
}

/**
 * Everything that matters of a host in one string: its rows, without last uses, fetches and the ledger, and each file of its
 * repositories. A use that was counted is a change, unless it is to be left out.
 */
export async function digestOf({ services, data }: Host, leftOut: readonly Table[] = []): Promise<string> {
  const hash = createHash('sha256');
  for (const table of (Object.keys(TABLES) as Table[]).filter((each) => !leftOut.includes(each))) {
    const rows: readonly Record<string, unknown>[] = await services.database
      .selectFrom(table)
      .selectAll()
      .execute();
    // All rows of a table have the same columns in the same order: their values say it all, and in a third of the time.
    const lines = rows.map((row) => {
      for (const column of TABLES[table]) delete row[column];
      return JSON.stringify(Object.values(row));
    });
    hash.update(`${table}\n${lines.toSorted().join('\n')}\n`);
  }
  const folder = join(data, 'repositories');
  // At once: hundreds of small files take ten times as long with a promise for each.
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = files.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
  for (const path of paths.toSorted()) {
    hash.update(`${path.slice(folder.length)}\n`);
    // The name of an object or pack says what is in it.
    if (!path.includes('/objects/')) hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}

/** Changes whenever the file is written or replaced, and that of a folder when something in it comes, goes or gets another name. */
export function stampOf(path: string): string {
  const { ino, size, mtimeNs, ctimeNs } = lstatSync(path, { bigint: true });
  return [ino, size, mtimeNs, ctimeNs].join(' ');
}

/** The digest of a host time and again: where nothing was written since the last one, it is not made anew. */
export class RepeatedDigest {
  readonly #host: Host;
  /** A connection that writes nothing, which is told by SQLite whether any other did. */
  readonly #watcher: DatabaseSync;
  #digest = '';
  #version = -1;
  #stamps = new Map<string, string>();

  constructor(host: Host) {
    this.#host = host;
    this.#watcher = new DatabaseSync(join(host.data, 'latchkey.db'), { readOnly: true });
  }

  async now(): Promise<string> {
    const version = Number(this.#watcher.prepare('PRAGMA data_version').get()?.['data_version']);
    if (version === this.#version && [...this.#stamps].every(([path, stamp]) => stampIfThere(path) === stamp))
      return this.#digest;
    // Before the digest: what is written meanwhile is seen the next time.
    this.#version = version;
    const folder = join(this.#host.data, 'repositories');
    const inside = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const paths = [folder, ...inside.map((name) => join(folder, name))];
    this.#stamps = new Map(paths.map((path) => [path, stampIfThere(path)]));
    this.#digest = await digestOf(this.#host);
    return this.#digest;
  }

  close(): void {
    this.#watcher.close();
  }
}

function stampIfThere(path: string): string {
  try {
    return stampOf(path);
  } catch {
    return 'gone';
  }
}
