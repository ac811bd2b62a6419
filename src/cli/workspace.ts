import { Command } from 'commander';
import { addMember, removeMember } from '../acts/workspaces/members.ts';
import { createWorkspace } from '../acts/workspaces/workspaces.ts';
import { enterAsOperator } from '../entry/index.ts';
import { settingsOf } from './settings.ts';
import { operate, print } from './operate.ts';

export const workspaceCommand = (): Command =>
  new Command('workspace')
    .description('Workspaces, which hold repositories and have members.')
    .addCommand(create())
    .addCommand(member());

const create = (): Command =>
  new Command('create')
    .description('Create a workspace with one owner.')
    .argument('<slug>', 'name in addresses: lower-case letters, digits, "_", "-" and "."')
    .requiredOption('--owner <user>', 'user name of its owner')
    .option('--name <name>', 'name for people (default: the slug)')
    .action(async (slug: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'workspace.create', [{ type: 'host' }]);
        const workspace = await createWorkspace(services, grant, {
          slug,
          name: typeof options['name'] === 'string' ? options['name'] : slug,
          owner: String(options['owner']),
        });
        print(`Created workspace ${workspace.slug} {${workspace.id}}.`);
      }),
    );

const member = (): Command =>
  new Command('member')
    .description('Owners and members of a workspace.')
    .addCommand(
      new Command('add')
        .description('Add a person to a workspace, or change what they are there.')
        .argument('<workspace>')
        .argument('<user>')
        .option('--owner', 'as an owner, who is admin of everything in it')
        .action(async (slug: string, user: string, options: Record<string, unknown>) =>
          operate(settingsOf(options), async (services) => {
            const grant = await enterAsOperator(services, 'workspace.member.add', [
              { type: 'workspace', workspace: slug },
            ]);
            const membership = options['owner'] === true ? 'owner' : 'member';
            await addMember(services, grant, { user, membership });
            print(`${user} is ${membership} of ${slug}.`);
          }),
        ),
    )
    .addCommand(
      new Command('remove')
        .description('Remove a person, with every role that they hold in the workspace.')
        .argument('<workspace>')
        .argument('<user>')
        .action(async (slug: string, user: string, options: Record<string, unknown>) =>
          operate(settingsOf(options), async (services) => {
            const grant = await enterAsOperator(services, 'workspace.member.remove', [
              { type: 'workspace', workspace: slug },
            ]);
            await removeMember(services, grant, user);
            print(`${user} is no longer in ${slug}.`);
          }),
        ),
    );
