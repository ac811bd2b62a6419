import { Command } from 'commander';
import { createAccessToken } from '../acts/credentials/create-access-token.ts';
import { enterAsOperator } from '../entry/index.ts';
import { Problem } from '../problem.ts';
import { repeatable } from './repeatable.ts';
import { settingsOf } from './settings.ts';
import { operate, print, printJson, repositoryNamed } from './operate.ts';

export const accessTokenCommand = (): Command =>
  new Command('access-token')
    .description('Access tokens: keys that belong to a repository, not to a person.')
    .addCommand(
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
        .option('--json', 'print the public id and the bot e-mail address, too, as JSON')
        .action(async (name: string, options: Record<string, unknown>) => {
          const target = { type: 'repository', ...repositoryNamed(name) } as const;
          const expiresAt = typeof options['expires'] === 'string' ? moment(options['expires']) : null;
          await operate(settingsOf(options), async (services) => {
            const grant = await enterAsOperator(services, 'access_token.create', [target]);
            const { id, secret, botEmail } = await createAccessToken(services, grant, {
              name: String(options['name']),
              scopes: [options['scope']].flat().map(String),
              expiresAt,
            });
            if (options['json'] === true) printJson({ id, secret: secret.reveal(), bot_email: botEmail });
            else print(secret.reveal());
          });
        }),
    );

/** A day means its end, in UTC. */
function moment(text: string): number {
  const at = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T23:59:59.999Z` : text);
  if (Number.isNaN(at))
    throw new Problem('invalid', `"${text}" is no date: write it as 2027-03-31 or 2027-03-31T12:00Z.`);
  return at;
}
