import { Command } from 'commander';
import { createAppPassword } from '../acts/credentials/create-app-password.ts';
import { enterAsOperator } from '../entry/index.ts';
import { repeatable } from './repeatable.ts';
import { settingsOf } from './settings.ts';
import { operate, print, printJson } from './operate.ts';

export const appPasswordCommand = (): Command =>
  new Command('app-password').description('App passwords: keys of a person for a script.').addCommand(
    new Command('create')
      .description(
        'Create an app password. The secret alone goes to standard output, and is not shown again.',
      )
      .argument('<user>', 'user name of its owner')
      .requiredOption('--label <label>', 'what will use it')
      .addOption(
        repeatable('--scope <scope>', 'what it may do, such as repository:write').makeOptionMandatory(),
      )
      .option('--json', 'print the public id, too, as JSON')
      .addHelpText(
        'after',
        '\nExample:\n  latchkey app-password create jane --label backup --scope repository',
      )
      .action(async (account: string, options: Record<string, unknown>) =>
        operate(settingsOf(options), async (services) => {
          const grant = await enterAsOperator(services, 'app_password.create', [
            { type: 'account', account },
          ]);
          const { id, secret } = await createAppPassword(services, grant, {
            label: String(options['label']),
            scopes: [options['scope']].flat().map(String),
          });
          if (options['json'] === true) printJson({ id, secret: secret.reveal() });
          else print(secret.reveal());
        }),
      ),
  );
