import { spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessGroup } from './process-group.ts';
import type { RepositoryName } from '../repositories/cache.ts';
import { clientEnvironment } from './git-client.ts';

/** A server that is spoken to over SSH. */
export interface SshServer {
  readonly name: string;
  readonly group: ProcessGroup;
  readonly user: string;
  readonly port: number;
  /** As it stands in a command, such as `/acme/large.git`. */
  path(repository: RepositoryName): string;
}

/** The stock client with one key, speaking to everybody with the same algorithms, so that servers alone differ. */
export class SshClient {
  readonly #folder: string;
  readonly key: string;

  /** Makes the key, in that folder, which has to be there. */
  constructor(folder: string) {
    this.#folder = folder;
    this.key = join(folder, 'id_ed25519');
    if (existsSync(this.key)) return;
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'bench', '-f', this.key]);
    // Who the servers are is learned at the first connection, and checked at all others, as people have it.
    writeFileSync(join(folder, 'known_hosts'), '');
  }

  get #options(): string[] {
    const options = {
      IdentityFile: this.key,
      IdentitiesOnly: 'yes',
      UserKnownHostsFile: join(this.#folder, 'known_hosts'),
      StrictHostKeyChecking: 'accept-new',
      KexAlgorithms: 'curve25519-sha256',
      Ciphers: 'aes128-gcm@openssh.com',
      LogLevel: 'ERROR',
    };
    return ['-F', 'none', ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
  }

  /** What `git` is to be given before its verb. */
  get gitOptions(): string[] {
    return ['-c', `core.sshCommand=ssh ${this.#options.join(' ')}`];
  }

  address(server: SshServer, repository: RepositoryName): string {
    return `ssh://${server.user}@127.0.0.1:${server.port}${server.path(repository)}`;
  }

  /** Sends a request of protocol version 2 to `git-upload-pack`, reads the answer and throws it away; its length in bytes. */
  drain(server: SshServer, repository: RepositoryName, request: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const child = spawn(
        'ssh',
        [
          ...this.#options,
          '-o',
          'SendEnv=GIT_PROTOCOL',
          '-p',
          String(server.port),
          `${server.user}@127.0.0.1`,
          `git-upload-pack '${server.path(repository)}'`,
        ],
        { env: { ...clientEnvironment(), GIT_PROTOCOL: 'version=2' }, stdio: ['pipe', 'pipe', 'pipe'] },
      );
      let bytes = 0;
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => (bytes += chunk.length));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
      child.stdin.on('error', () => {});
      // The flush that follows ends the session (gitprotocol-v2(5)).
      child.stdin.end(`${request}0000`);
      child.once('error', reject);
      child.once('close', (code) =>
        code === 0 ? resolve(bytes) : reject(new Error(`ssh to ${server.name} ended with ${code}: ${said}`)),
      );
    });
  }
}
