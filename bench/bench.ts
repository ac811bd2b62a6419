import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git } from './measure/git-client.ts';
import { SshClient, type SshServer } from './measure/ssh-client.ts';
import { RepositoryCache, type RepositoryName } from './repositories/cache.ts';
import { tipsOf } from './repositories/refs.ts';
import { Latchkey, type LatchkeyOptions, type RunningLatchkey } from './yardsticks/latchkey.ts';
import { nginxHindrance, startNginx, type Nginx } from './yardsticks/nginx.ts';
import { opensshHindrance, startOpenSsh } from './yardsticks/openssh.ts';
import { startNodeGitServer } from './yardsticks/node-git-server.ts';
import type { GitServer } from './yardsticks/server.ts';

export interface BenchOptions {
  readonly rounds: number;
  readonly pairs: number;
  /** A repository to measure with instead of the generated large one. */
  readonly repository?: string;
}

/** What the parts of a run share: the servers, each started when first asked for, and the same repositories on all of them. */
export class Bench {
  readonly rounds: number;
  readonly pairs: number;
  /** Everything of this run; removed at its end. */
  readonly folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-run-'));
  readonly repositories: RepositoryCache;
  readonly #large: string;
  readonly #latchkey = new Latchkey(join(this.folder, 'latchkey'));
  #running: { readonly server: RunningLatchkey; readonly options: string } | undefined;
  #nginx: Promise<Nginx | undefined> | undefined;
  #nodeGitServer: Promise<GitServer> | undefined;
  #openssh: Promise<SshServer> | undefined;
  #sshClient: SshClient | undefined;
  readonly #served = new Map<RepositoryName, Promise<void>>();
  #clones = 0;

  constructor({ rounds, pairs, repository }: BenchOptions) {
    this.rounds = rounds;
    this.pairs = pairs;
    this.repositories = new RepositoryCache(repository);
    this.#large =
      repository === undefined
        ? 'generated, 50,000 commits, 5,000 refs, 200 MB'
        : (repository.split('/').at(-1) ?? '');
  }

  /** How the table names a repository and its state. */
  describe(name: RepositoryName): string {
    const words: Readonly<Record<RepositoryName, string>> = {
      large: `${this.#large}; packed, with bitmap`,
      pushed: `${this.#large}; as one push leaves it`,
      pushes: `main line of ${this.#large}; 61 packs`,
      polled: 'generated, 2,000 commits, 400 refs; packed',
      tiny: 'generated, 30 commits, 2 refs',
    };
    return words[name];
  }

  /** Latchkey with these options: started anew, on the same data, when it runs with others. */
  async latchkey(options: LatchkeyOptions = {}): Promise<RunningLatchkey> {
    const wanted = JSON.stringify(options);
    if (this.#running?.options === wanted) return this.#running.server;
    await this.stopLatchkey();
    const server = await this.#latchkey.start(options);
    this.#running = { server, options: wanted };
    return server;
  }

  async stopLatchkey(): Promise<void> {
    await this.#running?.server.group.end();
    this.#running = undefined;
  }

  /** Undefined where it is not installed, after saying so once. */
  nginx(): Promise<Nginx | undefined> {
    this.#nginx ??= (async () => {
      const hindrance = nginxHindrance();
      if (hindrance === undefined) return startNginx(join(this.folder, 'nginx'), this.#root());
      process.stderr.write(`${hindrance}\n`);
      return undefined;
    })();
    return this.#nginx;
  }

  /** Started anew where it has ended: it does when a client breaks off. */
  async nodeGitServer(): Promise<GitServer> {
    const running = await this.#nodeGitServer;
    if (running !== undefined && !running.group.hasEnded) return running;
    this.#nodeGitServer = startNodeGitServer(this.#root());
    return this.#nodeGitServer;
  }

  /** Latchkey in one process as it is reached over SSH, and the client whose key it knows. */
  async latchkeySsh(): Promise<{ readonly server: SshServer; readonly client: SshClient }> {
    const { name, group, sshPort: port, path } = await this.latchkey({ workers: 1 });
    if (this.#sshClient === undefined) {
      this.#sshClient = new SshClient(this.folder);
      await this.#latchkey.addSshKey(readFileSync(`${this.#sshClient.key}.pub`, 'utf8'));
    }
    return { server: { name, group, port, user: 'git', path }, client: this.#sshClient };
  }

  /** Undefined where it cannot be started, after saying why; Latchkey's SSH has been asked for before. */
  async openssh(): Promise<SshServer | undefined> {
    const hindrance = opensshHindrance();
    if (hindrance === undefined) {
      this.#openssh ??= startOpenSsh(join(this.folder, 'openssh'), this.#root(), this.#sshClient?.key ?? '');
      return this.#openssh;
    }
    process.stderr.write(`${hindrance}\n`);
    return undefined;
  }

  /** Where the yardsticks find their repositories. */
  #root(): string {
    const root = join(this.folder, 'served');
    mkdirSync(root, { recursive: true });
    return root;
  }

  /** Where the yardsticks' copy of a repository lies. */
  servedPath(name: RepositoryName): string {
    return join(this.#root(), `${name}.git`);
  }

  /**
   * Puts a repository on all servers, once, in the same state: Latchkey takes it over, and the others get a copy of
   * what it then stores. Latchkey has to run.
   */
  provide(name: RepositoryName): Promise<void> {
    return this.#once(name, async () => {
      const stored = await this.#latchkey.provide(name, await this.repositories.path(name));
      await this.copyToYardsticks(name, stored);
    });
  }

  /** Makes an empty repository in Latchkey, and gives the others what lies at `from`. The caller pushes. */
  provideEmpty(name: RepositoryName, from: string): Promise<void> {
    return this.#once(name, async () => {
      await this.#latchkey.provide(name);
      await this.copyToYardsticks(name, from);
    });
  }

  #once(name: RepositoryName, work: () => Promise<void>): Promise<void> {
    const before = this.#served.get(name);
    if (before !== undefined) return before;
    const done = work();
    this.#served.set(name, done);
    return done;
  }

  async copyToYardsticks(name: RepositoryName, from: string): Promise<void> {
    const path = this.servedPath(name);
    // Git never changes a pack in place, so names for the same bytes are as good as copies.
    execFileSync('cp', ['-rl', from, path]);
    for (const [key, value] of [
      ['http.receivepack', 'true'],
      ['uploadpack.allowFilter', 'true'],
    ] as const) {
      await git(['-C', path, 'config', key, value]);
    }
  }

  /** The large repository's tips, newest first: an own one for each round leaves nothing to a cache. */
  async tips(name: RepositoryName): Promise<{ readonly name: string; readonly id: string }[]> {
    return tipsOf(await this.repositories.path(name));
  }

  cli(args: readonly string[]): Promise<string> {
    return this.#latchkey.cli(args);
  }

  get data(): string {
    return this.#latchkey.data;
  }

  /** Clones so many times at once with the real client, and removes what was cloned afterwards. */
  async clones(count: number, args: (number: number) => readonly string[]): Promise<void> {
    const folder = join(this.folder, `clones-${++this.#clones}`);
    mkdirSync(folder);
    await Promise.all(
      Array.from({ length: count }, (_, number) =>
        git(['clone', '--quiet', ...args(number), join(folder, String(number))]),
      ),
    );
    this.#leftovers.push(folder);
  }
  readonly #leftovers: string[] = [];

  /** Removes what clones left: apart from them, so that it is in no measurement. */
  sweep(): void {
    for (const folder of this.#leftovers.splice(0)) rmSync(folder, { recursive: true, force: true });
  }
}
