import { Command } from 'commander';
import { changeGroupMember, createGroup } from '../acts/workspaces/groups.ts';
import { enterAsOperator } from '../entry/index.ts';
import { settingsOf } from './settings.ts';
import { operate, print } from './operate.ts';

export const groupCommand = (): Command =>
  new Command('group')
    .description('Groups of people in a workspace, which can hold roles.')
    .addCommand(
      new Command('create')
        .description('Create a group.')
        .argument('<workspace>')
        .argument('<name>')
        .option('--slug <slug>', 'its name in addresses and after the @, where it is not made of the name')
        .action(async (workspace: string, name: string, options: Record<string, unknown>) =>
          operate(settingsOf(options), async (services) => {
            const grant = await enterAsOperator(services, 'group.change', [{ type: 'workspace', workspace }]);
            const group = await createGroup(services, grant, {
              name,
              ...(typeof options['slug'] === 'string' && { slug: options['slug'] }),
            });
            print(`Created group @${group.slug} in ${workspace}.`);
          }),
        ),
    )
    .addCommand(membership('add', 'Put a member of the workspace into a group.', true))
    .addCommand(membership('remove', 'Take a person out of a group.', false));

function membership(verb: string, description: string, member: boolean): Command {
  return new Command(verb)
    .description(description)
    .argument('<workspace>')
    .argument('<group>', 'slug of the group')
    .argument('<user>')
    .action(async (workspace: string, group: string, user: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'group.change', [{ type: 'workspace', workspace }]);
        await changeGroupMember(services, grant, { group: group.replace(/^@/, ''), user, member });
        print(`${user} is ${member ? '' : 'no longer '}in @${group.replace(/^@/, '')}.`);
      }),
    );
}
