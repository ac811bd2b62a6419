import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAccount, type Account } from '../../src/accounts/index.ts';
import { createAccessToken } from '../../src/acts/credentials/create-access-token.ts';
import { createPersonalCredential } from '../../src/acts/credentials/create-personal.ts';
import { createWorkspace } from '../../src/acts/workspaces/workspaces.ts';
import { readSettings } from '../../src/config.ts';
import { Secret, UsageRecorder } from '../../src/credentials/index.ts';
import { enter, enterAsOperator, type Presented, type Surface } from '../../src/entry/index.ts';
import { type Grant, type OperationName, Refused, type Refusal } from '../../src/gate/index.ts';
import type { TargetReference } from '../../src/gate/index.ts';
import { defaultProject, insertRepository, setMember, setRole } from '../../src/hosting/index.ts';
import { DownloadFetches } from '../../src/hosting/download-fetches.ts';
import { openServices, type Services } from '../../src/services.ts';
import { atEndOfFile } from '../support/cleanup.ts';
import { freshDatabase } from '../support/postgres.ts';

/** A host without doors, in this process: a data folder, a database, and a clock that the test moves. */
export interface TestHost {
  readonly services: Services;
  readonly data: string;
  /** Where the rows are, for opening the database once more. */
  readonly location: { readonly sqlite: string } | { readonly postgres: string };
  /** The kind of every statement (`SelectQueryNode`, `UpdateQueryNode` …) since the start, or since the test emptied it. */
  readonly statements: string[];
  /** Milliseconds since 1970, as the host sees it. */
  now: number;
  /** A person, without the cost of hashing a password: nobody signs in by it. */
  person(name: string, change?: { isAdministrator?: boolean; password?: string }): Promise<Account>;
  workspace(slug: string, owner: string): Promise<string>;
  member(workspaceId: string, account: Account, membership?: 'owner' | 'member'): Promise<void>;
  /** A row alone, without a folder on the disk. */
  repository(
    workspaceId: string,
    slug: string,
    change?: { isPrivate?: boolean; hasWiki?: boolean },
  ): Promise<string>;
  role(repositoryId: string, account: Account, role: 'read' | 'write' | 'admin'): Promise<void>;
  appPassword(user: string, scopes: readonly string[]): Promise<{ id: string; secret: string }>;
  apiToken(user: string, scopes: readonly string[]): Promise<{ id: string; secret: string }>;
  accessToken(
    path: string,
    scopes: readonly string[],
    expiresAt?: number,
  ): Promise<{ id: string; secret: string }>;
  /** An access token of a workspace, or of a project in it by its key. */
  workspaceToken(
    workspace: string,
    scopes: readonly string[],
    project?: string,
  ): Promise<{ id: string; secret: string }>;
  /** Enters with Basic. */
  enter<Op extends OperationName>(
    operation: Op,
    target: TargetReference,
    who: Presented,
    surface?: Surface,
  ): Promise<Grant<Op>>;
}

export const basic = (userName: string, secret: string): Presented => ({
  type: 'basic',
  userName,
  secret: new Secret(secret),
});
export const bearer = (secret: string): Presented => ({ type: 'bearer', secret: new Secret(secret) });
export const nothing: Presented = { type: 'nothing' };

/** `WORKSPACE/REPOSITORY` as a target. */
export function at(path: string): TargetReference & { type: 'repository' } {
  const [workspace = '', repository = ''] = path.split('/');
  return { type: 'repository', workspace, repository };
}

/** The refusal that a promise ends with; fails for anything else. */
export async function refusalOf(promise: Promise<unknown>): Promise<Refusal> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
  throw new Error('It was not refused.');
}

export async function openHost(kind: 'sqlite' | 'postgres' = 'sqlite'): Promise<TestHost> {
  const data = await mkdtemp(join(tmpdir(), 'latchkey-host-'));
  atEndOfFile(() => rm(data, { recursive: true, force: true }));
  const url = kind === 'postgres' ? (await freshDatabase()).url : undefined;
  const opened = await openServices(
    readSettings({ data, database: url }, { LATCHKEY_LOG: 'silent' }),
    'http://localhost:7990',
  );
  atEndOfFile(() => opened.close());
  const statements: string[] = [];
  // A prepared query is compiled once, and has its id in every run.
  const kinds = new WeakMap<object, string>();
  const database = opened.database.withPlugin({
    transformQuery: ({ node, queryId }) => {
      kinds.set(queryId, node.kind);
      return node;
    },
    transformResult: async ({ result, queryId }) => {
      statements.push(kinds.get(queryId) ?? 'unknown');
      return result;
    },
  });
  const usage = new UsageRecorder(database, (error) => {
    throw error;
  });
  atEndOfFile(() => usage.close());
  const downloadFetches = new DownloadFetches(database, (error) => {
    throw error;
  });
  atEndOfFile(() => downloadFetches.close());
  const host = { now: Date.UTC(2026, 10, 1) };
  const services: Services = {
    ...opened,
    database,
    usage,
    downloadFetches,
    writeUses: () => usage.flush(),
    clock: () => host.now,
  };
  const location = url === undefined ? { sqlite: join(data, 'latchkey.db') } : { postgres: url };

  const made: Omit<TestHost, 'now'> = {
    services,
    data,
    location,
    statements,
    async person(name, { isAdministrator = false, password = '' } = {}) {
      const wanted = {
        username: name,
        email: `${name}@example.org`,
        displayName: name,
        passwordHash: password,
        isAdministrator,
        mustChangePassword: false,
      };
      return database.transaction().execute((trx) => createAccount(trx, wanted, host.now));
    },
    async workspace(slug, owner) {
      const grant = await enterAsOperator(services, 'workspace.create', [{ type: 'host' }]);
      return (await createWorkspace(services, grant, { slug, name: slug, owner })).id;
    },
    async member(workspaceId, account, membership = 'member') {
      await database
        .transaction()
        .execute((trx) => setMember(trx, workspaceId, account.id, membership, host.now));
    },
    async repository(workspaceId, slug, { isPrivate = true, hasWiki = true } = {}) {
      const id = randomUUID();
      await database.transaction().execute(async (trx) => {
        const project = await defaultProject(trx, workspaceId, host.now);
        const wanted = {
          id,
          workspaceId,
          projectId: project.id,
          slug,
          name: slug,
          description: '',
          website: '',
          language: '',
          isPrivate,
          hasWiki,
          forkPolicy: 'no_forks',
        } as const;
        await insertRepository(trx, wanted, host.now);
      });
      return id;
    },
    role: (repositoryId, account, role) =>
      setRole(database, repositoryId, { type: 'account', id: account.id }, role, host.now),
    async appPassword(user, scopes) {
      const grant = await enterAsOperator(services, 'app_password.create', [
        { type: 'account', account: user },
      ]);
      const { id, secret } = await createPersonalCredential(services, grant, { label: 'test', scopes });
      return { id, secret: secret.reveal() };
    },
    async apiToken(user, scopes) {
      const grant = await enterAsOperator(services, 'api_token.create', [{ type: 'account', account: user }]);
      const { id, secret } = await createPersonalCredential(services, grant, { label: 'test', scopes });
      return { id, secret: secret.reveal() };
    },
    async accessToken(path, scopes, expiresAt) {
      const grant = await enterAsOperator(services, 'access_token.create', [at(path)]);
      const input = { name: 'test', scopes, expiresAt: expiresAt ?? null };
      const { id, secret } = await createAccessToken(services, grant, input);
      return { id, secret: secret.reveal() };
    },
    async workspaceToken(workspace, scopes, project) {
      const target = { type: 'workspace', workspace } as const;
      const grant = await enterAsOperator(services, 'workspace_access_token.create', [target]);
      const input = { name: 'test', scopes, expiresAt: null, ...(project !== undefined && { project }) };
      const { id, secret } = await createAccessToken(services, grant, input);
      return { id, secret: secret.reveal() };
    },
    enter: (operation, target, presented, surface = 'rest') =>
      enter(services, { operation, targets: [target], presented, surface, address: '127.0.0.1' }),
  };
  return Object.assign(host, made);
}
