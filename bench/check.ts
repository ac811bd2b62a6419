/**
 * What the whole check of a credential costs (identify, load facts, evaluate, admit): an app password that reads a
 * private repository, keys chosen uniformly out of 1,000 rows and out of many, on SQLite.
 *
 *     node bench/check.ts [--rows 1000000] [--rounds 15]
 *
 * Both databases are asked in turns by one process, 2,000 checks one after another in each round; no key is asked twice
 * while there are others. The processor time is that of the whole process.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { createAccount } from '../src/accounts/index.ts';
import { readSettings } from '../src/config.ts';
import { generatePublicId, generateSecret, Secret } from '../src/credentials/secret.ts';
import { enter } from '../src/entry/index.ts';
import { createProject, createWorkspace, insertRepository, newRepositoryId } from '../src/hosting/index.ts';
import { openServices, type Services } from '../src/services.ts';

const FEW_ROWS = 1000;
const CHECKS = 2000;
const LABEL = 'bench';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, rounds: { type: 'string', default: '15' } },
});
const rounds = Number(values.rounds);

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

interface Crowd {
  readonly services: Services;
  /** Secrets to ask with, in a random order. */
  readonly secrets: Secret[];
}

/** A data folder with an account, its private repository, and so many app passwords. */
async function crowdOf(folder: string, rows: number): Promise<Crowd> {
  const settings = readSettings({ data: folder }, {});
  const services = await openServices(settings, 'http://localhost:7990');
  const now = Date.now();
  const account = await createAccount(
    services.database,
    {
      username: 'ada',
      email: 'ada@example.org',
      displayName: 'Ada',
      passwordHash: '$argon2id$none',
      isAdministrator: false,
      mustChangePassword: false,
    },
    now,
  );
  const db = services.database;
  const workspace = await createWorkspace(db, { slug: 'acme', name: 'acme', ownerId: account.id }, now);
  const project = await createProject(db, workspace.id, { key: 'P', name: 'p', description: '' }, now);
  const repository = {
    id: newRepositoryId(),
    workspaceId: workspace.id,
    projectId: project.id,
    slug: 'app',
    name: 'app',
    description: '',
    website: '',
    language: '',
    isPrivate: true,
    hasWiki: false,
    forkPolicy: 'no_forks',
  } as const;
  await insertRepository(db, repository, now);
  // Past the domain, which would take minutes for a million.
  const database = new DatabaseSync(join(folder, 'latchkey.db'));
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; BEGIN');
  const inserting = (table: string, row: Record<string, string | number>): (() => void) => {
    const columns = Object.keys(row);
    const statement = database.prepare(
      `insert into ${table} (${columns.join(', ')}) values (${columns.map((column) => `:${column}`).join(', ')})`,
    );
    return () => statement.run(row);
  };
  const credential: Record<string, string | number> = {
    id: '',
    kind: 'app_password',
    owner_type: 'account',
    owner_id: account.id,
    family_id: '',
    label: LABEL,
    digest: '',
    digest_key_version: 1,
    created_at: now,
  };
  const scope = { credential_id: '', scope: 'repository' };
  const [insertCredential, insertScope] = [
    inserting('credential', credential),
    inserting('credential_scope', scope),
  ];
  const kept: Secret[] = [];
  const wanted = CHECKS * (rounds + 1);
  for (let row = 0; row < rows; row++) {
    const secret = generateSecret('app_password');
    const { digest } = services.keys.digest(secret);
    credential['id'] = credential['family_id'] = scope.credential_id = generatePublicId();
    credential['digest'] = digest;
    insertCredential();
    insertScope();
    if (kept.length < wanted) kept.push(secret);
    // Every row is as likely to be kept as any other.
    else if (Math.random() < wanted / (row + 1)) kept[Math.floor(Math.random() * wanted)] = secret;
  }
  database.exec('COMMIT');
  database.close();
  return { services, secrets: kept };
}

const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
try {
  const crowds = {
    few: await crowdOf(join(folder, 'few'), FEW_ROWS),
    many: await crowdOf(join(folder, 'many'), Number(values.rows)),
  };
  const wall: Record<keyof typeof crowds, number[]> = { few: [], many: [] };
  const cpu: Record<keyof typeof crowds, number[]> = { few: [], many: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const size of ['few', 'many'] as const) {
      const { services, secrets } = crowds[size];
      const start = performance.now();
      const before = process.cpuUsage();
      for (let check = 0; check < CHECKS; check++) {
        const secret = secrets[(round * CHECKS + check) % secrets.length] ?? new Secret('');
        // eslint-disable-next-line no-await-in-loop -- one after another is what is measured
        await enter(services, {
          operation: 'repository.view',
          targets: [{ type: 'repository', workspace: 'acme', repository: 'app' }],
          presented: { type: 'basic', userName: 'ada', secret },
          surface: 'rest',
          address: '127.0.0.1',
        });
      }
      const { user, system } = process.cpuUsage(before);
      // The first round compiles.
      if (round === 0) continue;
      wall[size].push(((performance.now() - start) * 1000) / CHECKS);
      cpu[size].push((user + system) / CHECKS);
    }
  }
  for (const [size, rows] of [
    ['few', FEW_ROWS],
    ['many', Number(values.rows)],
  ] as const) {
    process.stdout.write(
      `${rows.toLocaleString('en')} rows: ${median(wall[size]).toFixed(1)} µs, ${median(cpu[size]).toFixed(1)} µs of CPU a check (medians of ${rounds} rounds)\n`,
    );
  }
  process.stdout.write(`ratio of the times: ${(median(wall.many) / median(wall.few)).toFixed(2)}\n`);
  for (const { services } of Object.values(crowds)) await services.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
