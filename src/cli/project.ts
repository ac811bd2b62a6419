import { Command } from 'commander';
import { createProject, viewProjects } from '../acts/workspaces/projects.ts';
import { enterAsOperator } from '../entry/index.ts';
import { operate, print, printJson, projectNamed } from './operate.ts';
import { settingsOf } from './settings.ts';

export const projectCommand = (): Command =>
  new Command('project')
    .description('Projects of a workspace, which hold its repositories.')
    .addCommand(create())
    .addCommand(list());

const create = (): Command =>
  new Command('create')
    .description('Create a project.')
    .argument('<project>', 'WORKSPACE/KEY')
    .requiredOption('--name <name>', 'name for people')
    .option('--description <text>', 'what it is for')
    .action(async (named: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        const { workspace, project: key } = projectNamed(named);
        const grant = await enterAsOperator(services, 'project.change', [{ type: 'workspace', workspace }]);
        const project = await createProject(services, grant, {
          key,
          name: String(options['name']),
          description: typeof options['description'] === 'string' ? options['description'] : '',
        });
        print(`Created project ${workspace}/${project.key} {${project.id}}.`);
      }),
    );

const list = (): Command =>
  new Command('list')
    .description('List the projects of a workspace, the oldest first.')
    .argument('<workspace>')
    .option('--json', 'as JSON')
    .action(async (workspace: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'project.list', [{ type: 'workspace', workspace }]);
        const projects = await viewProjects(services, grant);
        if (options['json'] === true)
          printJson(projects.map(({ id, key, name, description }) => ({ id, key, name, description })));
        else for (const { key, name } of projects) print(`${workspace}/${key}  ${JSON.stringify(name)}`);
      }),
    );
