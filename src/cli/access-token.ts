import { Command, Option } from 'commander';
import { createAccessToken } from '../acts/credentials/create-access-token.ts';
import { enterAsOperator } from '../entry/index.ts';
import { repeatable } from './repeatable.ts';
import { settingsOf } from './settings.ts';
import { refuseUnseen, showOnce } from './shown-once.ts';
import { confinementOf, withConfinement } from './confinement.ts';
import { instant, moment } from './moment.ts';
import { json, operate, projectNamed, repositoryNamed, revokeUnseen } from './operate.ts';
import { Problem } from '../problem.ts';
import type { Services } from '../services.ts';

export const accessTokenCommand = (): Command =>
  new Command('access-token')
    .description(
      'Access tokens: keys that belong to a repository, a project or a workspace, not to a person.',
    )
    .addCommand(
      withConfinement(
        new Command('create')
          .description(
            'Create an access token of a repository, or of a project or workspace. The secret alone goes to standard output, and is not shown again.',
          )
          .argument(
            '<place>',
            'WORKSPACE/NAME; with --for-project, WORKSPACE/KEY; with --for-workspace, WORKSPACE',
          )
          .requiredOption('--name <name>', 'what will use it; its bot appears under this name')
          .addOption(
            repeatable('--scope <scope>', 'what it may do, such as repository:write').makeOptionMandatory(),
          )
          .addOption(
            new Option(
              '--for-project',
              'it opens every repository of a project, those to come included',
            ).conflicts('forWorkspace'),
          )
          .option('--for-workspace', 'it opens every repository of a workspace, those to come included')
          .option('--expires <date>', 'last moment, such as 2027-03-31 or 2027-03-31T12:00Z (default: none)')
          .option('--not-before <date>', 'first moment, such as 2027-03-01 or 2027-03-01T08:00Z')
          .option('--json', 'print the public id, the last moment and the bot e-mail address, too, as JSON'),
      )
        .addHelpText(
          'after',
          '\nExamples:\n  latchkey access-token create team/app --name deploy --scope repository\n  latchkey access-token create team/LIBS --for-project --name mirror --scope repository\n  latchkey access-token create team --for-workspace --name audit --scope project --expires 2027-03-31\n\nWhoever uses one sends it as a Bearer token, or over Git with the user name x-token-auth.',
        )
        .action(async (name: string, options: Record<string, unknown>) => {
          refuseUnseen();
          const expiresAt = typeof options['expires'] === 'string' ? moment(options['expires'], 'end') : null;
          await operate(settingsOf(options), async (services) => {
            const { grant, project } = await placeOf(services, name, options);
            const {
              id,
              secret,
              expiresAt: ends,
              botEmail,
            } = await createAccessToken(services, grant, {
              name: String(options['name']),
              scopes: [options['scope']].flat().map(String),
              expiresAt,
              notBefore:
                typeof options['notBefore'] === 'string' ? moment(options['notBefore'], 'beginning') : null,
              confinement: confinementOf(options),
              ...(project !== undefined && { project }),
            });
            const shown =
              options['json'] === true
                ? json({ id, secret: secret.reveal(), expires_at: instant(ends), bot_email: botEmail })
                : secret.reveal();
            await showOnce(shown, id, () => revokeUnseen(services, id));
          });
        }),
    );

/** The grant to make one there, and the key of the project where it is one's. */
async function placeOf(services: Services, name: string, options: Record<string, unknown>) {
  if (options['forWorkspace'] === true || options['forProject'] === true) {
    const { workspace, project } =
      options['forProject'] === true ? projectNamed(name) : { workspace: name, project: undefined };
    const target = [{ type: 'workspace', workspace }] as const;
    return { grant: await enterAsOperator(services, 'workspace_access_token.create', target), project };
  }
  if (!name.includes('/'))
    throw new Problem(
      'invalid',
      `Write the repository as WORKSPACE/REPOSITORY, or add --for-workspace for a token of all of "${name}".`,
    );
  const target = [{ type: 'repository', ...repositoryNamed(name) }] as const;
  return { grant: await enterAsOperator(services, 'access_token.create', target), project: undefined };
}
