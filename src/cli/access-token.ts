import { Command, Option } from 'commander';
import { createAccessToken } from '../acts/credentials/create-access-token.ts';
import { enterAsOperator } from '../entry/index.ts';
import { repeatable } from './repeatable.ts';
import { settingsOf } from './settings.ts';
import { refuseUnseen, showOnce } from './shown-once.ts';
import { confinementOf, withConfinement } from './confinement.ts';
import { hasProject, requireProject } from './known-project.ts';
import { instant, moment, namingExpires } from './moment.ts';
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
            }).catch(namingExpires);
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
  if (options['forWorkspace'] === true) {
    const [workspace = '', ...rest] = name.split('/');
    if (rest.length > 0)
      throw new Problem(
        'invalid',
        `With --for-workspace, write the workspace alone: "${workspace}", not "${name}".`,
      );
    return { grant: await ofWorkspace(services, name), project: undefined };
  }
  if (options['forProject'] === true) {
    const named = projectNamed(name);
    await requireProject(services, named);
    return { grant: await ofWorkspace(services, named.workspace), project: named.project };
  }
  if (!name.includes('/'))
    throw new Problem(
      'invalid',
      `Write the repository as WORKSPACE/REPOSITORY, or add --for-workspace for a token of all of "${name}".`,
    );
  return { grant: await ofRepository(services, name), project: undefined };
}

const ofWorkspace = (services: Services, workspace: string) =>
  enterAsOperator(services, 'workspace_access_token.create', [{ type: 'workspace', workspace }]);

async function ofRepository(services: Services, name: string) {
  const { workspace, repository } = repositoryNamed(name);
  try {
    return await enterAsOperator(services, 'access_token.create', [
      { type: 'repository', workspace, repository },
    ]);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'not_found') throw error;
    const isProject = await hasProject(services, { workspace, project: repository }).catch(() => false);
    throw isProject
      ? new Problem(
          'not_found',
          `There is no repository "${name}", and a project of this name: add --for-project for a token of all its repositories.`,
        )
      : error;
  }
}
