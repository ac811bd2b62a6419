import { Command } from 'commander';
import { enterAsOperator } from '../entry/index.ts';
import type { Grant } from '../gate/index.ts';
import { createPersonal } from './create-personal.ts';

export const appPasswordCommand = (): Command =>
  new Command('app-password').description('App passwords: keys of a person for a script.').addCommand(
    createPersonal({
      named: 'an app password',
      exampleScope: 'repository:write',
      usualEnd: 'none',
      examples: [
        'app-password create jane --label backup --scope repository',
        "app-password create jane --label release --scope repository:write --repository team/app --ref 'refs/tags/v*:create'",
      ],
      enter: (services, account): Promise<Grant<'app_password.create'>> =>
        enterAsOperator(services, 'app_password.create', [{ type: 'account', account }]),
    }),
  );
