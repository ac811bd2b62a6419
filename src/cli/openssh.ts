import { resolve } from 'node:path';
import { Command } from 'commander';
import { answerForcedCommand } from '../doors/ssh/forced-command.ts';
import { isLiveKey, keyProvenToOpenSsh, offeredKey } from '../entry/index.ts';
import { mainPath } from '../main-path.ts';
import { operate, print } from './operate.ts';
import { settingsOf } from './settings.ts';

/** Git over the OpenSSH of the system, in place of the server's own SSH: docs/ssh.md says how it is set up. */
export const opensshCommand = (): Command =>
  new Command('openssh')
    .description('Git over the OpenSSH of the system: what its configuration calls.')
    .addCommand(authorizedKey())
    .addCommand(command());

const authorizedKey = (): Command =>
  new Command('authorized-key')
    .description(
      'Print the line that lets a key in, for AuthorizedKeysCommand (%t %k); nothing for a key that is not known or has ended.',
    )
    .argument('<type>', 'type of the key, such as ssh-ed25519')
    .argument('<key>', 'the key in base64')
    .action(async (type: string, key: string, options: Record<string, unknown>) => {
      const settings = settingsOf(options);
      const offered = offeredKey(type, key);
      if (offered === undefined) return;
      await operate(settings, async (services) => {
        if (!(await isLiveKey(services, offered.fingerprint))) return;
        const words = [
          process.execPath,
          mainPath,
          'openssh',
          'command',
          offered.fingerprint,
          '--data',
          resolve(settings.data),
        ];
        const forced = words.map(quoted).join(' ').replaceAll(/["\\]/g, String.raw`\$&`);
        print(`restrict,command="${forced}" ${offered.line}`);
      });
    });

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

const command = (): Command =>
  new Command('command')
    .description(
      'Answer a client whose key OpenSSH has verified: what the line of authorized-key names as the forced command.',
    )
    .argument('<fingerprint>', 'the key, as SHA256:…')
    .action(async (fingerprint: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        // A client that leaves must not end us in the middle of a push, as it ends a verb that prints.
        process.stdout.removeAllListeners('error').on('error', () => {});
        const { SSH_ORIGINAL_COMMAND, SSH_CONNECTION = '', GIT_PROTOCOL = '' } = process.env;
        const status = await answerForcedCommand(
          services,
          {
            key: keyProvenToOpenSsh(fingerprint),
            address: SSH_CONNECTION.split(' ')[0] ?? '',
            command: SSH_ORIGINAL_COMMAND ?? null,
            protocol: GIT_PROTOCOL,
          },
          {
            input: process.stdin,
            // A stream of the file system's on descriptor 1 would fail where a pipe or socket is full: Node, and whoever
            // shares it, make these not wait.
            output: process.stdout,
            errors: process.stderr,
          },
        );
        // A client that took no more may still hold its end open, and so us.
        process.stdin.destroy();
        if (status !== 0) process.exitCode = 1;
      }),
    );
