import { randomBytes } from 'node:crypto';
import { withCredentials } from './git.ts';
import type { TestServer } from './server.ts';

export interface Person {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

export interface World {
  /** Runs a verb that has to succeed and returns what it printed, trimmed; throws with its error otherwise. */
  do(args: readonly string[], input?: string): Promise<string>;
  account(name: string, options?: { admin?: boolean; displayName?: string }): Promise<Person>;
  workspace(slug: string, owner: string): Promise<void>;
  /** @param path is `WORKSPACE/SLUG`. */
  repository(path: string, options?: { public?: boolean; import?: string }): Promise<void>;
  role(path: string, user: string, role: 'read' | 'write' | 'admin'): Promise<void>;
  /** @returns the secret. */
  appPassword(user: string, scopes: readonly string[], label?: string): Promise<string>;
  /** @returns the secret. @param options.expires is an ISO date. */
  accessToken(
    path: string,
    scopes: readonly string[],
    options?: { name?: string; expires?: string },
  ): Promise<string>;
  /** What `credential list --json` prints. */
  credentials(of: { user: string } | { repository: string }): Promise<Record<string, unknown>[]>;
  revoke(id: string): Promise<void>;
  /** The clone URL, with credentials where given. */
  cloneUrl(path: string, user?: string, secret?: string): string;
  /** Account `ada`, her workspace `acme`, its private repository `acme/app`, and an app password that reads and writes it. */
  usual(): Promise<{ ada: Person; workspace: 'acme'; repository: 'acme/app'; secret: string }>;
}

/** Makes what a scenario starts from, by the command line, as an operator would. */
export function world(server: TestServer): World {
  const perform: World['do'] = async (args, input) => {
    const { stdout, stderr, code } = await server.cli(args, input === undefined ? {} : { input });
    if (code !== 0)
      throw new Error(`latchkey ${args.join(' ')} ended with code ${code}:\n${stderr || stdout}`);
    return stdout.trim();
  };
  const scopeOptions = (scopes: readonly string[]) => scopes.flatMap((scope) => ['--scope', scope]);
  const made: World = {
    do: perform,
    async account(name, { admin = false, displayName } = {}) {
      const person = { name, email: `${name}@example.org`, password: randomBytes(12).toString('base64url') };
      const display = displayName === undefined ? [] : ['--display-name', displayName];
      const options = [
        '--email',
        person.email,
        ...display,
        ...(admin ? ['--admin'] : []),
        '--password-stdin',
      ];
      await perform(['user', 'create', name, ...options], `${person.password}\n`);
      return person;
    },
    async workspace(slug, owner) {
      await perform(['workspace', 'create', slug, '--owner', owner]);
    },
    async repository(path, options = {}) {
      const source = options.import === undefined ? [] : ['--import', options.import];
      await perform(['repository', 'create', path, ...(options.public ? ['--public'] : []), ...source]);
    },
    async role(path, user, role) {
      await perform(['role', 'grant', path, user, role]);
    },
    appPassword: (user, scopes, label = 'test') =>
      perform(['app-password', 'create', user, '--label', label, ...scopeOptions(scopes)]),
    accessToken: (path, scopes, { name = 'test', expires } = {}) =>
      perform(
        ['access-token', 'create', path, '--name', name, ...scopeOptions(scopes)].concat(
          expires === undefined ? [] : ['--expires', expires],
        ),
      ),
    async credentials(of) {
      const filter = 'user' in of ? ['--user', of.user] : ['--repository', of.repository];
      return JSON.parse(await perform(['credential', 'list', ...filter, '--json'])) as Record<
        string,
        unknown
      >[];
    },
    async revoke(id) {
      await perform(['credential', 'revoke', id]);
    },
    cloneUrl(path, user, secret) {
      const url = `${server.url}/${path}.git`;
      return user === undefined ? url : withCredentials(url, user, secret ?? '');
    },
    async usual() {
      const ada = await made.account('ada');
      await made.workspace('acme', 'ada');
      await made.repository('acme/app');
      const secret = await made.appPassword('ada', ['repository:write']);
      return { ada, workspace: 'acme', repository: 'acme/app', secret };
    },
  };
  return made;
}
