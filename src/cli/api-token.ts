import { Command } from 'commander';
import { enterAsOperator } from '../entry/index.ts';
import type { Grant } from '../gate/index.ts';
import { createPersonal } from './create-personal.ts';

export const apiTokenCommand = (): Command =>
  new Command('api-token')
    .description('API tokens: keys of a person for a tool that asks for one; they end within a year.')
    .addCommand(
      createPersonal({
        named: 'an API token',
        exampleScope: 'read:repository:bitbucket',
        usualEnd: 'a year from now, which is the most',
        examples: [
          'api-token create jane --label renovate --scope read:repository:bitbucket --scope write:repository:bitbucket',
          'api-token create jane --label report --scope read:user:bitbucket --scope read:workspace:bitbucket --expires 2027-03-31',
        ],
        enter: (services, account): Promise<Grant<'api_token.create'>> =>
          enterAsOperator(services, 'api_token.create', [{ type: 'account', account }]),
      }),
    );
