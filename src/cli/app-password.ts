import { Command } from 'commander';
import { createAppPassword } from '../acts/credentials/create-app-password.ts';
import { enterAsOperator } from '../entry/index.ts';
import { confinementOf, withConfinement } from './confinement.ts';
import { moment } from './moment.ts';
import { json, operate, revokeUnseen } from './operate.ts';
import { repeatable } from './repeatable.ts';
import { settingsOf } from './settings.ts';
import { refuseUnseen, showOnce } from './shown-once.ts';

export const appPasswordCommand = (): Command =>
  new Command('app-password').description('App passwords: keys of a person for a script.').addCommand(
    withConfinement(
      new Command('create')
        .description(
          'Create an app password. The secret alone goes to standard output, and is not shown again.',
        )
        .argument('<user>', 'user name of its owner')
        .requiredOption('--label <label>', 'what will use it')
        .addOption(
          repeatable('--scope <scope>', 'what it may do, such as repository:write').makeOptionMandatory(),
        )
        .option('--not-before <date>', 'first moment, such as 2027-03-01 or 2027-03-01T08:00Z')
        .option('--expires <date>', 'last moment, such as 2027-03-31 or 2027-03-31T12:00Z (default: none)')
        .option('--json', 'print the public id, too, as JSON'),
    )
      .addHelpText(
        'after',
        "\nExamples:\n  latchkey app-password create jane --label backup --scope repository\n  latchkey app-password create jane --label release --scope repository:write --repository team/app --ref 'refs/tags/v*:create'",
      )
      .action(async (account: string, options: Record<string, unknown>) => {
        refuseUnseen();
        await operate(settingsOf(options), async (services) => {
          const grant = await enterAsOperator(services, 'app_password.create', [
            { type: 'account', account },
          ]);
          const { id, secret } = await createAppPassword(services, grant, {
            label: String(options['label']),
            scopes: [options['scope']].flat().map(String),
            notBefore:
              typeof options['notBefore'] === 'string' ? moment(options['notBefore'], 'beginning') : null,
            expiresAt: typeof options['expires'] === 'string' ? moment(options['expires'], 'end') : null,
            confinement: confinementOf(options),
          });
          const shown = options['json'] === true ? json({ id, secret: secret.reveal() }) : secret.reveal();
          await showOnce(shown, id, () => revokeUnseen(services, id));
        });
      }),
  );
