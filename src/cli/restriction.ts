import { Argument, Command } from 'commander';
import { createRestriction, deleteRestriction } from '../acts/restrictions/change.ts';
import type { ShownRestriction } from '../acts/restrictions/subjects.ts';
import { RESTRICTION_KINDS, valueFrom } from '../acts/restrictions/choices.ts';
import { viewRestrictions } from '../acts/restrictions/view.ts';
import { enterAsOperator } from '../entry/index.ts';
import { Problem } from '../problem.ts';
import { operate, print, printJson, repositoryNamed } from './operate.ts';
import { repeatable } from './repeatable.ts';
import { settingsOf } from './settings.ts';

export const restrictionCommand = (): Command =>
  new Command('restriction')
    .description(
      'Branch restrictions: who may push to which branches of a repository, and what merging into them takes.',
    )
    .addCommand(add())
    .addCommand(list())
    .addCommand(remove());

const add = (): Command =>
  new Command('add')
    .description(
      'Restrict branches. Restrictions push and restrict_merges let through those whom they name, and nobody else.',
    )
    .argument('<repository>', 'WORKSPACE/NAME')
    .addArgument(new Argument('<kind>').choices([...RESTRICTION_KINDS]))
    .argument('<pattern>', 'a branch, or a pattern in which * stands for anything, such as release/*')
    .addOption(repeatable('--user <name>', 'lets this person through'))
    .addOption(repeatable('--group <slug>', 'lets this group of the workspace through'))
    .addOption(repeatable('--access-token <id>', 'lets this access token of the repository through'))
    .option(
      '--value <number>',
      'how many approvals or passing builds merging takes, of a kind that counts them',
    )
    .option('--json', 'as JSON')
    .action(async (name: string, kind: string, pattern: string, options: Record<string, unknown>) => {
      const target = { type: 'repository', ...repositoryNamed(name) } as const;
      await operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'restriction.change', [target]);
        const rule = await createRestriction(services, grant, {
          kind,
          pattern,
          value: typeof options['value'] === 'string' ? valueFrom(options['value']) : null,
          users: words(options['user']),
          groups: words(options['group']).map((slug) => slug.replace(/^@/, '')),
          accessTokens: words(options['accessToken']),
        });
        if (options['json'] === true) printJson(asJson(rule));
        else print(asLine(rule));
      });
    });

const list = (): Command =>
  new Command('list')
    .description('List the branch restrictions of a repository.')
    .argument('<repository>', 'WORKSPACE/NAME')
    .option('--json', 'as JSON')
    .action(async (name: string, options: Record<string, unknown>) => {
      const target = { type: 'repository', ...repositoryNamed(name) } as const;
      await operate(settingsOf(options), async (services) => {
        const rules = await viewRestrictions(
          services,
          await enterAsOperator(services, 'restriction.list', [target]),
        );
        if (options['json'] === true) printJson(rules.map(asJson));
        else for (const rule of rules) print(asLine(rule));
      });
    });

const remove = (): Command =>
  new Command('remove')
    .description('Take a branch restriction away.')
    .argument('<repository>', 'WORKSPACE/NAME')
    .argument('<id>', 'number of the restriction, as listed')
    .action(async (name: string, id: string, options: Record<string, unknown>) => {
      const target = { type: 'repository', ...repositoryNamed(name) } as const;
      if (!/^\d{1,9}$/.test(id)) throw new Problem('invalid', 'Give the number of the restriction.');
      await operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'restriction.change', [target]);
        await deleteRestriction(services, grant, Number(id));
        print(`Removed restriction ${id}.`);
      });
    });

const words = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

const asJson = ({ id, kind, pattern, value, users, groups, accessTokens }: ShownRestriction) => ({
  id,
  kind,
  pattern,
  value,
  users: users.map(({ username }) => username),
  groups: groups.map(({ slug }) => slug),
  access_tokens: accessTokens.map((token) => token.id),
});

function asLine(rule: ShownRestriction): string {
  const { id, kind, pattern, value, users, groups, access_tokens: tokens } = asJson(rule);
  const names = [...users, ...groups.map((slug) => `@${slug}`), ...tokens];
  const nobody = kind === 'push' || kind === 'restrict_merges' ? ['nobody'] : [];
  return [
    id,
    kind.padEnd(15),
    pattern,
    ...(value === null ? [] : [`at least ${value}`]),
    ...(names.length > 0 ? names : nobody).map((each) => `except ${each}`),
  ]
    .join('  ')
    .replace('except nobody', 'for everybody');
}
