import { Command } from 'commander';
import { createAccount } from '../acts/accounts/create.ts';
import { INVITATION_DAYS, inviteAccount } from '../acts/accounts/invite.ts';
import { changePassword } from '../acts/accounts/password.ts';
import { resetTwoStep } from '../acts/accounts/two-step.ts';
import { disableAccount, enableAccount } from '../acts/accounts/state.ts';
import { enterAsOperator } from '../entry/index.ts';
import { settingsOf } from './settings.ts';
import { beginOrOperate, operate, print } from './operate.ts';
import { secretFromInput } from './secret-input.ts';

export const userCommand = (): Command =>
  new Command('user')
    .description('People who sign in.')
    .addCommand(create())
    .addCommand(invite())
    .addCommand(password())
    .addCommand(disable())
    .addCommand(enable())
    .addCommand(resetSecondStep());

/** There is no other way, and it is written nevertheless: so nobody waits for a question that does not come. */
const PASSWORD_STDIN = [
  '--password-stdin',
  'read the password from standard input: an argument could be read by others',
] as const;

const create = (): Command =>
  new Command('create')
    .description('Create an account. The password is read from standard input.')
    .argument('<name>', 'user name: letters, digits, "_" and "-"')
    .requiredOption('--email <address>', 'e-mail address')
    .option('--display-name <name>', 'name for people (default: the user name)')
    .option('--admin', 'administrator of the host: manages accounts, holds no role on repositories by that')
    .requiredOption(...PASSWORD_STDIN)
    .addHelpText(
      'after',
      '\nExample:\n  echo "a long password" | latchkey user create jane --email jane@example.com --password-stdin',
    )
    .action(async (name: string, options: Record<string, unknown>) => {
      const chosen = await secretFromInput('password');
      await beginOrOperate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'account.create', [{ type: 'host' }]);
        const account = await createAccount(services, grant, {
          username: name,
          email: String(options['email']),
          displayName: typeof options['displayName'] === 'string' ? options['displayName'] : name,
          password: chosen,
          isAdministrator: options['admin'] === true,
          mustChangePassword: false,
        });
        print(`Created ${account.username} {${account.id}}.`);
      });
    });

const invite = (): Command =>
  new Command('invite')
    .description(
      `Create an account and send its person a link for choosing a password, good once and for ${INVITATION_DAYS} days. The link alone goes to standard output, for where no mail arrives.`,
    )
    .argument('<name>', 'user name: letters, digits, "_" and "-"')
    .requiredOption('--email <address>', 'e-mail address, to which the link goes')
    .option('--display-name <name>', 'name for people (default: the user name)')
    .option('--admin', 'administrator of the host: manages accounts, holds no role on repositories by that')
    .addHelpText('after', '\nExample:\n  latchkey user invite jane --email jane@example.com')
    .action(async (name: string, options: Record<string, unknown>) => {
      await operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'account.create', [{ type: 'host' }]);
        const { account, link } = await inviteAccount(services, grant, {
          username: name,
          email: String(options['email']),
          displayName: typeof options['displayName'] === 'string' ? options['displayName'] : name,
          isAdministrator: options['admin'] === true,
        });
        // Its mail server may be an option of the server, or in its environment: nothing of it is known here.
        process.stderr.write(
          `Invited ${account.username}: give the link to its person. A server that has a mail server sends it to ${account.email} as well.\n`,
        );
        print(link);
      });
    });

const password = (): Command =>
  new Command('password')
    .description(
      'Set the password of an account, for somebody who lost theirs. Ends all their sessions; their keys go on working.',
    )
    .argument('<name>', 'user name')
    .requiredOption(...PASSWORD_STDIN)
    .addHelpText(
      'after',
      '\nExample:\n  echo "another long password" | latchkey user password jane --password-stdin',
    )
    .action(async (name: string, options: Record<string, unknown>) => {
      const chosen = await secretFromInput('password');
      await operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'account.password', [
          { type: 'account', account: name },
        ]);
        await changePassword(services, grant, { current: '', next: chosen });
        print(`Set the password of ${name}; all sessions of the account have ended.`);
      });
    });

const onHost = (name: string) => [{ type: 'host' }, { type: 'account', account: name }] as const;

const disable = (): Command =>
  new Command('disable')
    .description(
      'Disable an account: ends its sessions and refuses everything that acts for it, at once. Nothing is deleted.',
    )
    .argument('<name>', 'user name')
    .action(async (name: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        await disableAccount(services, await enterAsOperator(services, 'account.disable', onHost(name)));
        print(`Disabled ${name}.`);
      }),
    );

const enable = (): Command =>
  new Command('enable')
    .description('Enable a disabled account again.')
    .argument('<name>', 'user name')
    .action(async (name: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        await enableAccount(services, await enterAsOperator(services, 'account.enable', onHost(name)));
        print(`Enabled ${name}.`);
      }),
    );

const resetSecondStep = (): Command =>
  new Command('reset-two-step')
    .description(
      'Remove two-step verification from an account, for somebody who lost phone, keys and recovery codes. Ends all their sessions; then their password alone signs in.',
    )
    .argument('<name>', 'user name')
    .action(async (name: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'account.reset_two_step', onHost(name));
        await resetTwoStep(services, grant);
        print(`Removed two-step verification from ${name}; all sessions of the account have ended.`);
      }),
    );
