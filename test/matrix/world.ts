import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import {
  addPasskey,
  createAccount,
  hashPassword,
  proposeSeed,
  startSession,
} from '../../src/accounts/index.ts';
import { confine } from '../../src/acts/credentials/confinement.ts';
import { createAccessToken, type NewAccessToken } from '../../src/acts/credentials/create-access-token.ts';
import { createPersonalCredential } from '../../src/acts/credentials/create-personal.ts';
import { pauseCredential } from '../../src/acts/credentials/pause.ts';
import { addAccessKey, addProjectAccessKey } from '../../src/acts/keys/access-keys.ts';
import { addSshKey } from '../../src/acts/keys/ssh-keys.ts';
import { createRepository } from '../../src/acts/repositories/create.ts';
import { deleteRepository } from '../../src/acts/repositories/remove.ts';
import { createRestriction } from '../../src/acts/restrictions/change.ts';
import { changeGroupMember, createGroup } from '../../src/acts/workspaces/groups.ts';
import { createProject } from '../../src/acts/workspaces/projects.ts';
import { createWorkspace } from '../../src/acts/workspaces/workspaces.ts';
import { readSettings } from '../../src/config.ts';
import { pushLayer } from '../../src/credentials/index.ts';
import type { DeclaredRoute } from '../../src/doors/shared/policy.ts';
import { enterAsOperator } from '../../src/entry/index.ts';
import type { OperationName, TargetReference } from '../../src/gate/index.ts';
import { createRepository as createOnDisk } from '../../src/git/create.ts';
import { writingHandle } from '../../src/git/handle.ts';
import { saveStatus, setMember, setRole } from '../../src/hosting/index.ts';
import { composeServer } from '../../src/server.ts';
import { insertWebhook } from '../../src/webhooks/index.ts';
import { openServices, type Services } from '../../src/services.ts';
import { BuiltRepository } from '../git/build-repository.ts';
import { newPublicKey } from '../support/public-key.ts';
import { CALLERS, credentialKey, type Caller } from './callers.ts';
import { stampOf } from './digest.ts';
import {
  BOUNDS,
  EMPTY_PROJECT,
  founderOf,
  NOON,
  PEOPLE,
  REPOSITORIES,
  repositoryNamed,
  WORKSPACES,
  workspaceNamed,
  type PersonName,
  type RepositoryName,
  type WorkspaceName,
} from './lay.ts';
import { DOWNLOAD, LFS_CONTENT, LFS_OID } from './routes.ts';
import { buildFederation, type Federated } from './world-federation.ts';
import { ProposedRows, SOURCE_BRANCH, type Proposed, type Tips } from './world-pull-requests.ts';
import { buildOauth, publicConsumer, thingsToLookAt, type LookedAt } from './world-oauth.ts';

export const PUBLIC_URL = 'http://localhost:7990';
export const PASSWORD = 'a password of some length';

/** What was made, as far as requests name it. It holds for every copy of the world. */
export interface Made {
  readonly accounts: Readonly<Record<string, string>>;
  /** Cookie of each person's session, and the id of another session of theirs. */
  readonly sessions: Readonly<Record<string, { readonly token: string; readonly other: string }>>;
  readonly passkeys: Readonly<Record<string, string>>;
  readonly endedSession: string;
  /** By `credentialKey`. */
  readonly secrets: ReadonlyMap<string, string>;
  /** `client_id` of the consumer behind a credential, by `credentialKey`; and of a public consumer. */
  readonly clients: ReadonlyMap<string, string>;
  readonly publicClient: string;
  readonly lookedAt: LookedAt;
  readonly federated: Federated;
  readonly proposed: Proposed;
  /** An app password and an API token of each person, an access token, a restriction and the tip of each repository, and tokens of each workspace and of its project, for paths. */
  readonly appPassword: Readonly<Record<string, string>>;
  readonly apiToken: Readonly<Record<string, string>>;
  readonly accessToken: Readonly<Record<string, string>>;
  readonly projectToken: Readonly<Record<string, string>>;
  readonly workspaceToken: Readonly<Record<string, string>>;
  readonly restriction: Readonly<Record<string, string>>;
  /** An SSH key of each person, and the numbers of an access key of each repository and of each workspace’s project. */
  readonly sshKey: Readonly<Record<string, { readonly id: string; readonly uuid: string }>>;
  readonly accessKey: Readonly<Record<string, string>>;
  /** Of each repository. */
  readonly webhook: Readonly<Record<string, string>>;
  readonly projectKey: Readonly<Record<string, string>>;
  /** Of those that are paused: one of each kind of each person and repository. */
  readonly paused: Readonly<
    Record<
      'appPassword' | 'apiToken' | 'sshKey' | 'accessToken' | 'projectToken' | 'workspaceToken',
      Readonly<Record<string, string>>
    >
  >;
  readonly tip: string;
  /** A deleted repository of each workspace. */
  readonly deleted: Readonly<Record<string, string>>;
}

/** A running copy of the world. */
export interface World {
  readonly app: FastifyInstance;
  readonly routes: readonly DeclaredRoute[];
  readonly services: Services;
  readonly data: string;
  readonly port: number;
  close(): Promise<void>;
}

const names = <Name extends string>(table: { readonly [key in Name]?: unknown }) =>
  Object.keys(table) as Name[];

const settingsOf = (data: string) => readSettings({ data }, { LATCHKEY_LOG: 'silent' });

async function servicesOf(data: string): Promise<Services> {
  const before = process.env['LATCHKEY_LOG'];
  process.env['LATCHKEY_LOG'] = 'silent';
  const opened = await openServices(settingsOf(data), PUBLIC_URL);
  if (before === undefined) delete process.env['LATCHKEY_LOG'];
  else process.env['LATCHKEY_LOG'] = before;
  return { ...opened, clock: () => NOON };
}

/** The world once, at rest, in a folder: every run works on copies of its data. */
export class Template {
  readonly made: Made;
  readonly #folder: string;
  #entries: Entries | undefined;
  /** Where copies lay that are closed. */
  readonly #left: Place[] = [];

  private constructor(folder: string, made: Made) {
    this.#folder = folder;
    this.made = made;
  }

  /** Builds it in an empty folder. */
  static async build(folder: string): Promise<Template> {
    const data = join(folder, 'data');
    await mkdir(data);
    const services = await servicesOf(data);
    let made: Made;
    try {
      made = await build(services);
    } finally {
      await services.close();
    }
    // Last, and whole at once: where it is, the template is complete.
    await writeFile(join(folder, 'made.part'), JSON.stringify(made, entriesOfMaps));
    await rename(join(folder, 'made.part'), join(folder, 'made.json'));
    return new Template(folder, made);
  }

  /** What `build` left in that folder, by this process or another. */
  static async at(folder: string): Promise<Template> {
    const { secrets, clients, ...rest } = JSON.parse(await readFile(join(folder, 'made.json'), 'utf8'));
    return new Template(folder, { ...rest, secrets: new Map(secrets), clients: new Map(clients) });
  }

  /** A copy of the world that nothing has touched, listening on a port. It goes with the template's folder. */
  async copy(): Promise<World> {
    this.#entries ??= entriesIn(join(this.#folder, 'data'));
    const place: Place = this.#left.pop() ?? {
      data: mkdtempSync(join(this.#folder, 'copy-')),
      stamps: new Map(),
    };
    this.#renew(place, this.#entries);
    const { data } = place;
    const services = await servicesOf(data);
    place.doors ??= await Doors.open(data, services);
    const { app, routes, port } = place.doors;
    place.doors.lead(services);
    return {
      app,
      routes,
      services,
      data,
      port,
      close: async () => {
        await services.close();
        this.#left.push(place);
      },
    };
  }

  /** Closes the doors of the copies, which are closed themselves. */
  async end(): Promise<void> {
    for (const place of this.#left) await place.doors?.app.close();
  }

  /** Makes a place as the template is. What is still there and as it was stays: making all of it anew takes ten times as long. */
  #renew({ data, stamps }: Place, entries: Entries): void {
    const there = entriesIn(data);
    for (const [path, kind] of there) {
      if (entries.get(path) === kind) continue;
      rmSync(join(data, path), { recursive: true, force: true });
      there.delete(path);
    }
    for (const [path, kind] of entries) {
      const to = join(data, path);
      if (kind === 'folder') {
        if (!there.has(path)) mkdirSync(to);
        continue;
      }
      if (there.has(path) && stampOf(to) === stamps.get(path)) continue;
      copyFileSync(join(this.#folder, 'data', path), to);
      stamps.set(path, stampOf(to));
    }
  }
}

/** What a folder holds, by path: each folder before what is in it. */
type Entries = Map<string, 'folder' | 'file'>;

/** Where a copy lies, and what its files looked like when they were copied. */
interface Place {
  readonly data: string;
  readonly stamps: Map<string, string>;
  doors?: Doors;
}

/** The doors of one place, for each copy that lies there in turn: to compose them takes longer than most of what is asked of a copy. */
class Doors {
  readonly app: FastifyInstance;
  readonly routes: readonly DeclaredRoute[];
  readonly port: number;
  /** To the services of this copy, from now on. */
  readonly lead: (services: Services) => void;

  private constructor({ app, routes, port, lead }: Pick<Doors, 'app' | 'routes' | 'port' | 'lead'>) {
    this.app = app;
    this.routes = routes;
    this.port = port;
    this.lead = lead;
  }

  static async open(data: string, first: Services): Promise<Doors> {
    let current = first;
    const names = Object.keys(first) as (keyof Services)[];
    const standIn = Object.defineProperties(
      {} as Services,
      Object.fromEntries(names.map((name) => [name, { enumerable: true, get: () => current[name] }])),
    );
    const { app, routes } = await composeServer(settingsOf(data), standIn);
    await app.listen({ host: '127.0.0.1', port: 0 });
    const address = app.server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return new Doors({ app, routes, port, lead: (services) => (current = services) });
  }
}

const entriesIn = (folder: string): Entries =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => [
      join(entry.parentPath, entry.name).slice(folder.length),
      entry.isDirectory() ? 'folder' : 'file',
    ]),
  );

const entriesOfMaps = (_: string, value: unknown): unknown => (value instanceof Map ? [...value] : value);

async function build(services: Services): Promise<Made> {
  const { database } = services;
  const operate = <Op extends OperationName>(operation: Op, target: TargetReference) =>
    enterAsOperator(services, operation, [target]);

  const passwordHash = await hashPassword(PASSWORD);
  const accounts: Record<string, string> = {};
  const sessions: Record<string, { token: string; other: string }> = {};
  const passkeys: Record<string, string> = {};
  const place = { address: '127.0.0.1', userAgent: '' };
  for (const name of names(PEOPLE)) {
    const { administrator, fresh } = PEOPLE[name] as { administrator?: true; fresh?: true };
    const wanted = {
      username: name,
      email: `${name}@example.org`,
      displayName: name,
      passwordHash,
      isAdministrator: administrator === true,
      mustChangePassword: fresh === true,
    };
    const { id } = await database.transaction().execute((trx) => createAccount(trx, wanted, NOON));
    accounts[name] = id;
    if ('twoStep' in PEOPLE[name])
      await database.updateTable('account').set({ two_step_at: NOON }).where('id', '=', id).execute();
    const { stale, twoStep } = PEOPLE[name] as { stale?: true; twoStep?: true };
    const began = stale === true ? NOON - 30 * 60_000 : NOON;
    const here = { ...place, passedTwoStep: twoStep === true };
    const { token } = await startSession(database, id, here, began);
    const other = await startSession(database, id, place, NOON);
    sessions[name] = { token, other: other.id };
    const passkey = {
      accountId: id,
      credentialId: Buffer.from(name).toString('base64url'),
      publicKey: new Uint8Array(),
      counter: 0,
      transports: [],
      name: 'a key',
      host: 'localhost',
    };
    passkeys[name] = await addPasskey(database, passkey, NOON);
    await proposeSeed(database, services.seals, id, NOON);
    await database
      .updateTable('authenticator_app')
      .set({ state: 'confirmed' })
      .where('account_id', '=', id)
      .execute();
  }
  const idOf = (name: PersonName) => accounts[name] ?? '';
  const ended = await startSession(database, idOf('ada'), place, NOON);
  await database.updateTable('session').set({ ended_at: NOON }).where('id', '=', ended.id).execute();

  const deleted: Record<string, string> = {};
  for (const slug of names(WORKSPACES)) await buildWorkspace(slug);
  async function buildWorkspace(slug: WorkspaceName): Promise<void> {
    const { members, membersMayCreate, twoStep } = workspaceNamed(slug);
    const owner = founderOf(slug);
    const { id } = await createWorkspace(services, await operate('workspace.create', { type: 'host' }), {
      slug,
      name: slug,
      owner,
    });
    await database
      .updateTable('workspace')
      .set({ members_may_create_repositories: membersMayCreate ? 1 : 0, requires_two_step: twoStep ? 1 : 0 })
      .where('id', '=', id)
      .execute();
    for (const name of names(members)) {
      const membership = members[name] ?? 'member';
      await database.transaction().execute((trx) => setMember(trx, id, idOf(name), membership, NOON));
    }
    const target = { type: 'workspace', workspace: slug } as const;
    await createGroup(services, await operate('group.change', target), { name: 'crew' });
    const change = { group: 'crew', user: 'hal', member: true };
    await changeGroupMember(services, await operate('group.change', target), change);
  }

  const accessToken: Record<string, string> = {};
  const restriction: Record<string, string> = {};
  const accessKey: Record<string, string> = {};
  const webhook: Record<string, string> = {};
  const proposed = new ProposedRows(services);
  let tip = '';
  for (const path of names(REPOSITORIES)) {
    const wanted = repositoryNamed(path);
    const [workspace = '', slug = ''] = path.split('/');
    const { id } = await createRepository(
      services,
      await operate('repository.create', { type: 'workspace', workspace }),
      { slug, isPrivate: wanted.private, hasWiki: wanted.wiki },
    );
    const tips = await fill(services, id, wanted.wiki);
    tip = tips.destination;
    await proposed.addTo({ id, path }, tips);
    const reviewer = { repository_id: id, account_id: idOf(founderOf(workspace)), added_at: NOON };
    await database.insertInto('default_reviewer').values(reviewer).execute();
    for (const name of names(wanted.roles)) {
      const role = wanted.roles[name] ?? 'read';
      await setRole(database, id, { type: 'account', id: idOf(name) }, role, NOON);
    }
    const target = { type: 'repository', workspace, repository: slug } as const;
    const token = await createAccessToken(services, await operate('access_token.create', target), {
      name: 'to look at',
      scopes: ['repository'],
      expiresAt: null,
    });
    accessToken[path] = token.id;
    const rule = { kind: 'force', pattern: 'kept' };
    const made = await createRestriction(services, await operate('restriction.change', target), rule);
    restriction[path] = String(made.id);
    await saveStatus(
      database,
      { repositoryId: id, commit: tip },
      {
        key: 'ci/kept',
        state: 'INPROGRESS',
        name: '',
        url: 'https://ci.example.org/',
        description: '',
        refname: null,
      },
      { actor_type: 'app_user', actor_id: 'nobody', credential_id: token.id },
      NOON,
    );
    const key = { publicKey: newPublicKey().line, label: 'to look at', role: 'read' } as const;
    const placed = await addAccessKey(services, await operate('access_key.add', target), key);
    accessKey[path] = String(placed.number);
    webhook[path] = await insertWebhook(
      database,
      services.seals,
      {
        repositoryId: id,
        url: 'https://ci.example.org/kept',
        description: '',
        events: ['repo:push'],
        isActive: true,
        skipsCertVerification: false,
        secret: null,
        maker: { accountId: idOf('ada'), credentialId: null },
      },
      NOON,
    );
    if (wanted.deleted) deleted[workspace] = id;
  }

  const [emptied = '', key = ''] = EMPTY_PROJECT.split('/');
  const making = await operate('project.change', { type: 'workspace', workspace: emptied });
  await createProject(services, making, { key, name: key, description: '' });
  const projectToken: Record<string, string> = {};
  const workspaceToken: Record<string, string> = {};
  for (const workspace of names(WORKSPACES)) {
    const grant = await operate('workspace_access_token.create', { type: 'workspace', workspace });
    const input = { name: 'to look at', scopes: ['repository'], expiresAt: null };
    workspaceToken[workspace] = (await createAccessToken(services, grant, input)).id;
    const ofProject = { ...input, project: 'MAIN' };
    projectToken[workspace] = (await createAccessToken(services, grant, ofProject)).id;
  }
  const secrets = await buildCredentials(services, operate);
  const oauth = await buildOauth(services, accounts);
  const { secrets: jobs, ...federated } = await buildFederation(services, names(REPOSITORIES));
  const publicClient = await publicConsumer(services);
  const lookedAt = await thingsToLookAt(services, names(WORKSPACES), accounts);
  const appPassword: Record<string, string> = {};
  const apiToken: Record<string, string> = {};
  for (const name of names(PEOPLE)) {
    const target = { type: 'account', account: name } as const;
    const password = await operate('app_password.create', target);
    const input = { label: 'to look at', scopes: ['repository'] };
    appPassword[name] = (await createPersonalCredential(services, password, input)).id;
    const token = await operate('api_token.create', target);
    const granular = { label: 'to look at', scopes: ['read:repository:bitbucket'] };
    apiToken[name] = (await createPersonalCredential(services, token, granular)).id;
  }
  const { sshKey, projectKey } = await buildKeys(services, operate);
  const paused = await buildPaused(services, operate);
  // After everything that needs them.
  for (const path of names(REPOSITORIES).filter((each) => repositoryNamed(each).deleted)) {
    const [workspace = '', repository = ''] = path.split('/');
    const target = { type: 'repository', workspace, repository } as const;
    await deleteRepository(services, await operate('repository.delete', target));
  }
  for (const name of names(PEOPLE)) {
    if (!('disabled' in PEOPLE[name])) continue;
    await database.updateTable('account').set({ state: 'disabled' }).where('id', '=', idOf(name)).execute();
  }
  return {
    accounts,
    sessions,
    passkeys,
    endedSession: ended.token,
    secrets: new Map([...secrets, ...jobs, ...oauth.secrets]),
    clients: oauth.clients,
    publicClient,
    lookedAt,
    federated,
    proposed: proposed.made(),
    appPassword,
    apiToken,
    accessToken,
    projectToken,
    workspaceToken,
    restriction,
    sshKey,
    accessKey,
    webhook,
    projectKey,
    paused,
    tip,
    deleted,
  };
}

/** A commit on `main`, another one on a branch, a tag `v1`, and a wiki with one page. The same in every repository. */
async function fill(services: Services, id: string, wiki: boolean): Promise<Tips> {
  const path = services.storage.pathOf(id, 'repository');
  const git = new BuiltRepository(path, writingHandle(id, 'repository', path));
  const destination = await git.commit({
    branch: 'main',
    files: [{ path: 'README.md', content: '# Read me\n' }],
  });
  const source = await git.commit({
    branch: SOURCE_BRANCH,
    from: 'main',
    files: [{ path: 'proposed.txt', content: 'Proposed\n' }],
  });
  await git.tag('v1', 'main', 'Version 1\n');
  const file = join(path, 'lfs', 'objects', LFS_OID.slice(0, 2), LFS_OID.slice(2, 4), LFS_OID);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, LFS_CONTENT);
  await keepDownload(services, id, path);
  const tips = { source, destination };
  if (!wiki) return tips;
  const wikiPath = services.storage.pathOf(id, 'wiki');
  await createOnDisk(wikiPath);
  const pages = new BuiltRepository(wikiPath, writingHandle(id, 'wiki', wikiPath));
  await pages.commit({ branch: 'main', files: [{ path: 'Home.md', content: '# Home\n' }] });
  return tips;
}

async function keepDownload({ database }: Services, repositoryId: string, path: string): Promise<void> {
  const id = randomUUID();
  await mkdir(join(path, 'downloads'));
  await writeFile(join(path, 'downloads', id), LFS_CONTENT);
  await database
    .insertInto('download')
    .values({
      id,
      repository_id: repositoryId,
      name: DOWNLOAD,
      size: LFS_CONTENT.length,
      sha256: LFS_OID,
      actor_type: 'account',
      actor_id: 'gone',
      credential_id: null,
      created_at: 1,
    })
    .execute();
}

/** Keys for whoever lets one go on. */
async function buildPaused(services: Services, operate: Operate): Promise<Made['paused']> {
  const paused: Record<keyof Made['paused'], Record<string, string>> = {
    appPassword: {},
    apiToken: {},
    sshKey: {},
    accessToken: {},
    projectToken: {},
    workspaceToken: {},
  };
  const asked = { label: 'paused', name: 'paused', scopes: ['repository'], expiresAt: null };
  for (const account of names(PEOPLE)) {
    const target = { type: 'account', account } as const;
    const password = await operate('app_password.create', target);
    paused.appPassword[account] = (await createPersonalCredential(services, password, asked)).id;
    const token = await operate('api_token.create', target);
    const granular = { ...asked, scopes: ['read:repository:bitbucket'] };
    paused.apiToken[account] = (await createPersonalCredential(services, token, granular)).id;
    const key = { publicKey: newPublicKey().line, label: 'paused' };
    paused.sshKey[account] = (await addSshKey(services, await operate('ssh_key.add', target), key)).id;
  }
  for (const path of names(REPOSITORIES)) {
    const [workspace = '', repository = ''] = path.split('/');
    const making = await operate('access_token.create', { type: 'repository', workspace, repository });
    paused.accessToken[path] = (await createAccessToken(services, making, asked)).id;
  }
  for (const workspace of names(WORKSPACES)) {
    const making = await operate('workspace_access_token.create', { type: 'workspace', workspace });
    paused.workspaceToken[workspace] = (await createAccessToken(services, making, asked)).id;
    const ofProject = { ...asked, project: 'MAIN' };
    paused.projectToken[workspace] = (await createAccessToken(services, making, ofProject)).id;
  }
  const grant = await operate('credential.pause', { type: 'host' });
  for (const ids of Object.values(paused))
    for (const id of Object.values(ids)) await pauseCredential(services, grant, id);
  return paused;
}

/** An SSH key of each person, and an access key of each workspace's project, by its number. */
async function buildKeys(services: Services, operate: Operate) {
  const sshKey: Record<string, { id: string; uuid: string }> = {};
  const projectKey: Record<string, string> = {};
  for (const account of names(PEOPLE)) {
    const grant = await operate('ssh_key.add', { type: 'account', account });
    const made = await addSshKey(services, grant, { publicKey: newPublicKey().line, label: 'to look at' });
    const { uuid } = await services.database
      .selectFrom('ssh_public_key')
      .select('uuid')
      .where('credential_id', '=', made.id)
      .executeTakeFirstOrThrow();
    sshKey[account] = { id: made.id, uuid };
  }
  for (const workspace of names(WORKSPACES)) {
    const grant = await operate('project_access_key.add', { type: 'workspace', workspace });
    const input = { publicKey: newPublicKey().line, label: 'to look at', role: 'read' } as const;
    projectKey[workspace] = String((await addProjectAccessKey(services, grant, 'MAIN', input)).number);
  }
  return { sshKey, projectKey };
}

type Operate = <Op extends OperationName>(
  operation: Op,
  target: TargetReference,
) => ReturnType<typeof enterAsOperator<Op>>;

async function buildCredentials(services: Services, operate: Operate): Promise<Map<string, string>> {
  const secrets = new Map<string, string>();
  for (const caller of CALLERS) {
    const key = credentialKey(caller);
    if (secrets.has(key) || !MADE_HERE.includes(caller.secret)) continue;
    const { id, secret } = await makeCredential(services, operate, caller);
    secrets.set(key, secret);
    await settle(services, id, caller);
  }
  return secrets;
}

const MADE_HERE: readonly Caller['secret'][] = [
  'app password',
  'API token',
  'token',
  'project token',
  'workspace token',
];

async function makeCredential(services: Services, operate: Operate, caller: Caller) {
  // No form makes a credential without scopes; its rows are taken away afterwards.
  const isApiToken = caller.secret === 'API token';
  const least = isApiToken ? 'read:repository:bitbucket' : 'repository';
  const scopes = caller.scopes.length === 0 ? [least] : caller.scopes;
  const confinement = BOUNDS[caller.bound];
  if (caller.holder.type === 'person') {
    const target = { type: 'account', account: caller.holder.name } as const;
    const input = { label: caller.scopeSet.slice(0, 40), scopes, confinement };
    const made = await createPersonalCredential(
      services,
      isApiToken ? await operate('api_token.create', target) : await operate('app_password.create', target),
      input,
    );
    return { id: made.id, secret: made.secret.reveal() };
  }
  const made = await makeToken(services, operate, caller, scopes);
  // No form confines a token to what lies outside of its place; where a repository moves, one is left so.
  const bounds = await confine(services, { type: 'operator' }, confinement);
  if (bounds.length > 0) await pushLayer(services.database, made.id, bounds);
  return { id: made.id, secret: made.secret.reveal() };
}

async function makeToken(
  services: Services,
  operate: Operate,
  caller: Caller,
  scopes: readonly string[],
): Promise<NewAccessToken> {
  const input = { name: caller.scopeSet.slice(0, 40), scopes, expiresAt: null };
  if (caller.holder.type === 'project' || caller.holder.type === 'workspace') {
    const [workspace = '', project] = caller.holder.name.split('/');
    const grant = await operate('workspace_access_token.create', { type: 'workspace', workspace });
    return createAccessToken(services, grant, { ...input, ...(project && { project }) });
  }
  const path: RepositoryName = caller.holder.type === 'repository' ? caller.holder.name : 'acme/app';
  const [workspace = '', repository = ''] = path.split('/');
  const target = { type: 'repository', workspace, repository } as const;
  return createAccessToken(services, await operate('access_token.create', target), input);
}

/** Brings the credential into the state that the caller wants it in. */
export async function settle({ database }: Services, id: string, caller: Caller): Promise<void> {
  if (caller.scopes.length === 0)
    await database.deleteFrom('credential_scope').where('credential_id', '=', id).execute();
  const changes = {
    revoked: { revoked_at: NOON - 1 },
    expired: { expires_at: NOON - 1 },
    paused: { paused_at: NOON - 1 },
    // The secret stays well formed, and is nobody's.
    unknown: { digest: `none ${id}` },
  };
  if (caller.state in changes)
    await database
      .updateTable('credential')
      .set(changes[caller.state as keyof typeof changes])
      .where('id', '=', id)
      .execute();
  const kind = { 'uses spent': 'uses', 'pushes spent': 'pushes' } as const;
  if (caller.bound === 'uses spent' || caller.bound === 'pushes spent') {
    const { layer } = await database
      .selectFrom('credential_bound')
      .select('layer')
      .where('credential_id', '=', id)
      .executeTakeFirstOrThrow();
    await database
      .insertInto('credential_use')
      .values({ credential_id: id, layer, kind: kind[caller.bound], used: 1 })
      .execute();
  }
}
