import { Command } from 'commander';
import { createAccount } from '../acts/accounts/create.ts';
import { enterAsOperator } from '../entry/index.ts';
import { Problem } from '../problem.ts';
import { settingsOf } from './settings.ts';
import { operate, print, secretFromInput } from './operate.ts';

export const userCommand = (): Command =>
  new Command('user').description('People who sign in.').addCommand(
    new Command('create')
      .description('Create an account. The password is read from standard input.')
      .argument('<name>', 'user name: letters, digits, "_" and "-"')
      .requiredOption('--email <address>', 'e-mail address')
      .option('--display-name <name>', 'name for people (default: the user name)')
      .option('--admin', 'administrator of the host: manages accounts, holds no role on repositories by that')
      .option('--password-stdin', 'read the password from standard input')
      .addHelpText(
        'after',
        '\nExample:\n  echo "a long password" | latchkey user create jane --email jane@example.com --password-stdin',
      )
      .action(async (name: string, options: Record<string, unknown>) => {
        if (options['passwordStdin'] !== true) {
          throw new Problem(
            'invalid',
            'Give the password on standard input, with --password-stdin: an argument could be read by others.',
          );
        }
        const password = await secretFromInput('password');
        await operate(settingsOf(options), async (services) => {
          const grant = await enterAsOperator(services, 'account.create', [{ type: 'host' }]);
          const account = await createAccount(services, grant, {
            username: name,
            email: String(options['email']),
            displayName: typeof options['displayName'] === 'string' ? options['displayName'] : name,
            password,
            isAdministrator: options['admin'] === true,
            mustChangePassword: false,
          });
          print(`Created ${account.username} {${account.id}}.`);
        });
      }),
  );
