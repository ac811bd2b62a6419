import { gitOk, newRepository } from '../support/git.ts';
import { startServer, type ServerOptions, type TestServer } from '../support/server.ts';
import { world, type World } from '../support/world.ts';
import { advertisedRefs } from './git-wire.ts';

/** A server with narrow credentials: what the scenarios of bounds start from. */
export interface BoundsWorld {
  readonly server: TestServer;
  readonly made: World;
  /** An app password that reads and writes everything of ada's. */
  readonly wide: string;
  /** A new private repository that holds what `local` has as `main`, and its path. */
  repository(local?: string): Promise<string>;
  /** An app password of ada with these options of the command line beside its scopes. */
  key(options: readonly string[], scopes?: readonly string[]): Promise<Key>;
  token(path: string, options: readonly string[]): Promise<Key>;
  url(path: string, key?: Key | string): string;
  refs(path: string): Promise<Record<string, string>>;
}

export interface Key {
  readonly id: string;
  readonly secret: string;
  readonly user: string;
}

export async function boundsWorld(options: ServerOptions = { database: 'sqlite' }): Promise<BoundsWorld> {
  const server = await startServer(options);
  const made = world(server);
  const { secret: wide } = await made.usual();
  let count = 0;
  const parsed = (text: string, user: string): Key => {
    const { id, secret } = JSON.parse(text) as { id: string; secret: string };
    return { id, secret, user };
  };
  const self: BoundsWorld = {
    server,
    made,
    wide,
    async repository(local) {
      count += 1;
      const path = `acme/bounds${count}`;
      await made.do(['repository', 'create', path, '--wiki']);
      const from = local ?? (await newRepository(`first-${count}`));
      await gitOk(['push', '--quiet', self.url(path), 'HEAD:refs/heads/main'], { cwd: from });
      return path;
    },
    async key(bounds, scopes = ['repository:write', 'wiki']) {
      const scoped = scopes.flatMap((scope) => ['--scope', scope]);
      const verb = ['app-password', 'create', 'ada', '--label', 'narrow', '--json'];
      return parsed(await made.do([...verb, ...scoped, ...bounds]), 'ada');
    },
    async token(path, bounds) {
      const verb = [
        'access-token',
        'create',
        path,
        '--name',
        'narrow bot',
        '--json',
        '--scope',
        'repository:write',
      ];
      return parsed(await made.do([...verb, ...bounds]), 'x-token-auth');
    },
    url: (path, key = wide) =>
      typeof key === 'string' ? made.cloneUrl(path, 'ada', key) : made.cloneUrl(path, key.user, key.secret),
    refs: (path) => advertisedRefs(server, path, 'ada', wide),
  };
  return self;
}
