import { Command } from 'commander';
import { createAccessToken } from '../acts/credentials/create-access-token.ts';
import { enterAsOperator } from '../entry/index.ts';
import { repeatable } from './repeatable.ts';
import { settingsOf } from './settings.ts';
import { refuseUnseen, showOnce } from './shown-once.ts';
import { confinementOf, withConfinement } from './confinement.ts';
import { moment } from './moment.ts';
import { json, operate, repositoryNamed, revokeUnseen } from './operate.ts';

export const accessTokenCommand = (): Command =>
  new Command('access-token')
    .description('Access tokens: keys that belong to a repository, not to a person.')
    .addCommand(
      withConfinement(
        new Command('create')
          .description(
            'Create a repository access token. The secret alone goes to standard output, and is not shown again.',
          )
          .argument('<repository>', 'WORKSPACE/NAME')
          .requiredOption('--name <name>', 'what will use it; its bot appears under this name')
          .addOption(
            repeatable('--scope <scope>', 'what it may do, such as repository:write').makeOptionMandatory(),
          )
          .option('--expires <date>', 'last moment, such as 2027-03-31 or 2027-03-31T12:00Z (default: none)')
          .option('--not-before <date>', 'first moment, such as 2027-03-01 or 2027-03-01T08:00Z')
          .option('--json', 'print the public id and the bot e-mail address, too, as JSON'),
      ).action(async (name: string, options: Record<string, unknown>) => {
        refuseUnseen();
        const target = { type: 'repository', ...repositoryNamed(name) } as const;
        const expiresAt = typeof options['expires'] === 'string' ? moment(options['expires'], 'end') : null;
        await operate(settingsOf(options), async (services) => {
          const grant = await enterAsOperator(services, 'access_token.create', [target]);
          const { id, secret, botEmail } = await createAccessToken(services, grant, {
            name: String(options['name']),
            scopes: [options['scope']].flat().map(String),
            expiresAt,
            notBefore:
              typeof options['notBefore'] === 'string' ? moment(options['notBefore'], 'beginning') : null,
            confinement: confinementOf(options),
          });
          const shown =
            options['json'] === true
              ? json({ id, secret: secret.reveal(), bot_email: botEmail })
              : secret.reveal();
          await showOnce(shown, id, () => revokeUnseen(services, id));
        });
      }),
    );
