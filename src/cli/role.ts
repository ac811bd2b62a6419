import { Argument, Command } from 'commander';
import { grantRole, revokeRole } from '../acts/repositories/roles.ts';
import { enterAsOperator } from '../entry/index.ts';
import { isRole, ROLES } from '../gate/index.ts';
import { Problem } from '../problem.ts';
import { settingsOf } from './settings.ts';
import { operate, print, repositoryNamed } from './operate.ts';

export const roleCommand = (): Command =>
  new Command('role')
    .description('Roles of people and groups on a repository.')
    .addCommand(
      new Command('grant')
        .description('Give a role, or replace the one held.')
        .argument('<repository>', 'WORKSPACE/NAME')
        .argument('<holder>', 'user name, or @ and the slug of a group')
        .addArgument(new Argument('<role>').choices([...ROLES]))
        .action(async (name: string, holder: string, role: string, options: Record<string, unknown>) => {
          if (!isRole(role)) throw new Problem('invalid', `A role is one of ${ROLES.join(', ')}.`);
          const target = { type: 'repository', ...repositoryNamed(name) } as const;
          await operate(settingsOf(options), async (services) => {
            const grant = await enterAsOperator(services, 'role.grant', [target]);
            await grantRole(services, grant, { holder, role });
            print(`${holder} has ${role} on ${name}.`);
          });
        }),
    )
    .addCommand(
      new Command('revoke')
        .description('Take a role away.')
        .argument('<repository>', 'WORKSPACE/NAME')
        .argument('<holder>', 'user name, or @ and the slug of a group')
        .action(async (name: string, holder: string, options: Record<string, unknown>) => {
          const target = { type: 'repository', ...repositoryNamed(name) } as const;
          await operate(settingsOf(options), async (services) => {
            await revokeRole(services, await enterAsOperator(services, 'role.revoke', [target]), holder);
            print(`${holder} has no role of their own on ${name}.`);
          });
        }),
    );
