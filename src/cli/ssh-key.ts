import { Command } from 'commander';
import { addSshKey, listSshKeys, revokeSshKey, type ListedKey } from '../acts/keys/ssh-keys.ts';
import { viewBoundWords } from '../acts/credentials/view.ts';
import { enterAsOperator } from '../entry/index.ts';
import { describeBound } from '../gate/index.ts';
import { confinementOf, withConfinement } from './confinement.ts';
import { endOf, instant, moment } from './moment.ts';
import { operate, print, printJson } from './operate.ts';
import { secretFromInput } from './secret-input.ts';
import { settingsOf } from './settings.ts';

export const sshKeyCommand = (): Command =>
  new Command('ssh-key')
    .description('SSH keys: a person’s own keys for Git over SSH.')
    .addCommand(add())
    .addCommand(list())
    .addCommand(revoke());

const ofUser = (account: string) => [{ type: 'account', account }] as const;

const add = (): Command =>
  withConfinement(
    new Command('add')
      .description('Add an SSH key to an account. The public key is read from standard input.')
      .argument('<user>', 'user name of its owner')
      .option('--label <label>', 'where the key is (default: its comment)')
      .option('--not-before <date>', 'first moment, such as 2027-03-01 or 2027-03-01T08:00Z')
      .option('--expires <date>', 'last moment, such as 2027-03-31 or 2027-03-31T12:00Z (default: none)')
      .option('--json', 'as JSON'),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  latchkey ssh-key add jane --label laptop < ~/.ssh/id_ed25519.pub\n  latchkey ssh-key add jane --label "build server" --expires 2027-03-31 --from 192.0.2.0/24 < build.pub\n\nA key is unique on this host: what is an SSH key of an account or an access key already is refused.',
    )
    .action(async (user: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'ssh_key.add', ofUser(user));
        const { id, fingerprint } = await addSshKey(services, grant, {
          publicKey: await secretFromInput('public key'),
          label: typeof options['label'] === 'string' ? options['label'] : '',
          notBefore:
            typeof options['notBefore'] === 'string' ? moment(options['notBefore'], 'beginning') : null,
          expiresAt: typeof options['expires'] === 'string' ? moment(options['expires'], 'end') : null,
          confinement: confinementOf(options),
        });
        if (options['json'] === true) printJson({ id, fingerprint });
        else print(`Added ${fingerprint} as ${id}.`);
      }),
    );

const list = (): Command =>
  new Command('list')
    .description('List the SSH keys of an account, newest first, ended ones included.')
    .argument('<user>', 'user name of their owner')
    .option('--json', 'as JSON')
    .action(async (user: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'ssh_key.list', ofUser(user));
        const keys = await listSshKeys(services, grant);
        if (options['json'] === true) printJson(keys.map(asJson));
        else {
          const words = await viewBoundWords(
            services,
            grant,
            keys.map(({ credential }) => credential),
          );
          for (const key of keys) print(asLine(key, words.get(key.credential.id) ?? []));
        }
      }),
    );

const revoke = (): Command =>
  new Command('revoke')
    .description('Revoke an SSH key for good. The next connection with it is refused.')
    .argument('<user>', 'user name of its owner')
    .argument('<key>', 'public id cred_…, or fingerprint SHA256:…, as listed')
    .action(async (user: string, name: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        await revokeSshKey(services, await enterAsOperator(services, 'ssh_key.revoke', ofUser(user)), name);
        print(`Revoked ${name}.`);
      }),
    );

const asJson = ({ credential, key }: ListedKey) => ({
  id: credential.id,
  uuid: key.uuid,
  label: credential.label,
  type: key.type,
  fingerprint: key.fingerprint,
  public_key: key.publicKey,
  comment: key.comment,
  bounds: credential.bounds.map((bound) => describeBound(bound)),
  state: credential.state,
  created_at: instant(credential.createdAt),
  not_before: instant(credential.notBefore),
  expires_at: instant(credential.expiresAt),
  last_used_at: instant(credential.lastUsedAt),
  revoked_at: instant(credential.revokedAt),
});

const asLine = ({ credential, key }: ListedKey, boundWords: readonly string[]): string =>
  [
    credential.id,
    credential.state.padEnd(7),
    key.type,
    key.fingerprint,
    JSON.stringify(credential.label),
    ...boundWords,
    `ends: ${instant(endOf(credential)) ?? 'never'}`,
    `last used: ${instant(credential.lastUsedAt) ?? 'never'}`,
  ].join('  ');
