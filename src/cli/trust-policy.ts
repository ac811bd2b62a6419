import { Command, InvalidArgumentError, Option } from 'commander';
import { standingOf } from '../acts/credentials/standing.ts';
import { createTrustPolicy } from '../acts/federation/create.ts';
import { conditionText, ISSUER_PRESETS, readCondition } from '../acts/federation/presets.ts';
import { testTrustPolicies, type TestVerdict } from '../acts/federation/test-policies.ts';
import { everyTrustPolicy } from '../acts/federation/view.ts';
import { enterAsOperator } from '../entry/index.ts';
import { confinementOf, withConfinement } from './confinement.ts';
import { instant, moment, namingExpires } from './moment.ts';
import { operate, print, printJson, repositoryNamed } from './operate.ts';
import { secretFromInput } from './secret-input.ts';
import { repeatable } from './repeatable.ts';
import { settingsOf } from './settings.ts';

export const trustPolicyCommand = (): Command =>
  new Command('trust-policy')
    .description(
      'Trust policies: which CI jobs are let into a repository with the identity that they have. They are narrowed, paused and revoked by latchkey credential, as every credential is.',
    )
    .addCommand(create())
    .addCommand(list())
    .addCommand(test());

const minutes = (text: string): number => {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('Give a number of minutes, such as 15.');
  return Number(text);
};

const create = (): Command =>
  withConfinement(
    new Command('create')
      .description(
        'Create a trust policy of a repository. Its public id goes to standard output; it has no secret.',
      )
      .argument('<repository>', 'WORKSPACE/NAME')
      .requiredOption('--name <name>', 'what it lets in; its bot appears under this name')
      .requiredOption('--issuer <url>', 'whose tokens: one of latchkey issuer list')
      .addOption(
        repeatable(
          '--condition <claim=text>',
          'what a claim must be, such as repository_id=123456789 or ref=refs/heads/*; all must hold, one of them on an id that is never given away',
        ).makeOptionMandatory(),
      )
      .option('--audience <text>', 'for whom the tokens must be made (default: the address of this host)')
      .addOption(
        repeatable('--scope <scope>', 'what a job may do, such as repository:write').makeOptionMandatory(),
      )
      .addOption(
        new Option('--lifetime <minutes>', 'how long a job token lives, from 1 to 60')
          .argParser(minutes)
          .default(15),
      )
      .option('--expires <date>', 'last moment of the policy, such as 2027-03-31 (default: none)')
      .option('--not-before <date>', 'first moment, such as 2027-03-01')
      .option('--json', 'as JSON'),
  )
    .addHelpText(
      'after',
      `\nConditions as tokens have them:\n${examples()}\n\nExamples:\n  latchkey trust-policy create team/app --name deploy --issuer https://token.actions.githubusercontent.com \\\n    --condition repository_id=123456789 --condition ref=refs/heads/main --scope repository:write\n\nA job enters with latchkey job-token; latchkey trust-policy test says which line of a policy a token does not meet.`,
    )
    .action(async (name: string, options: Record<string, unknown>) => {
      const target = { type: 'repository', ...repositoryNamed(name) } as const;
      await operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'trust_policy.create', [target]);
        const date = (option: string, edge: 'beginning' | 'end'): number | null =>
          typeof options[option] === 'string' ? moment(options[option], edge) : null;
        const id = await createTrustPolicy(services, grant, {
          name: String(options['name']),
          issuer: String(options['issuer']),
          audience: typeof options['audience'] === 'string' ? options['audience'] : null,
          conditions: [options['condition']].flat().map((each) => readCondition(String(each))),
          scopes: [options['scope']].flat().map(String),
          expiresAt: date('expires', 'end'),
          notBefore: date('notBefore', 'beginning'),
          lifetimeMinutes: Number(options['lifetime']),
          confinement: confinementOf(options),
        }).catch(namingExpires);
        if (options['json'] === true) printJson({ id });
        else print(id);
      });
    });

const list = (): Command =>
  new Command('list')
    .description('List the trust policies of a repository, newest first, ended ones included.')
    .argument('<repository>', 'WORKSPACE/NAME')
    .option('--json', 'as JSON')
    .action(async (name: string, options: Record<string, unknown>) => {
      const target = { type: 'repository', ...repositoryNamed(name) } as const;
      await operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'trust_policy.list', [target]);
        const policies = await everyTrustPolicy(services, grant);
        if (options['json'] === true) {
          printJson(
            policies.map(({ credential, policy }) => ({
              id: credential.id,
              name: credential.label,
              state: standingOf(credential),
              issuer: policy.issuer.issuer,
              audience: policy.audience,
              conditions: policy.conditions.map(conditionText),
              scopes: credential.scopes,
              lifetime_minutes: policy.lifetimeMs / 60_000,
              created_at: instant(credential.createdAt),
              expires_at: instant(credential.expiresAt),
              last_used_at: instant(credential.lastUsedAt),
            })),
          );
          return;
        }
        for (const { credential, policy } of policies)
          print(
            [
              credential.id,
              standingOf(credential),
              credential.label,
              policy.issuer.issuer,
              policy.conditions.map(conditionText).join(' '),
              credential.scopes.join(','),
            ].join('  '),
          );
      });
    });

const test = (): Command =>
  new Command('test')
    .description(
      'Try a token of a CI job, or the claims of one as JSON, on standard input, against the trust policies of a repository. Nothing is issued, and nothing counts as used. The exit code is 1 where none accepts it.',
    )
    .argument('<repository>', 'WORKSPACE/NAME')
    .option('--json', 'as JSON')
    .action(async (name: string, options: Record<string, unknown>) => {
      const target = { type: 'repository', ...repositoryNamed(name) } as const;
      const text = await secretFromInput('token of a CI job');
      await operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'trust_policy.test', [target]);
        const verdict = await testTrustPolicies(services, grant, text);
        if (options['json'] === true) printJson(verdict);
        else for (const line of inLines(verdict)) print(line);
        if (!verdict.policies.some(({ accepts }) => accepts)) process.exitCode = 1;
      });
    });

function inLines({ unsigned, token, policies }: TestVerdict): string[] {
  const line = ({ what, holds, says }: TestVerdict['token'][number]): string =>
    `  ${holds ? 'yes' : 'NO '}  ${what}: ${says}`;
  return [
    unsigned ? 'The claims, which nobody signed:' : 'The token:',
    ...token.map(line),
    ...policies.flatMap(({ id, label, lines, accepts }) => [
      `${label} (${id}) ${accepts ? 'accepts it' : 'does not accept it'}:`,
      ...lines.map(line),
    ]),
    ...(policies.length === 0 ? ['This repository has no trust policy.'] : []),
  ];
}

/** One line for each CI system that is known. */
const examples = (): string =>
  Object.values(ISSUER_PRESETS)
    .map(
      ({ title, conditions }) =>
        `  ${title.padEnd(20)}${conditions.map(({ claim, pattern }) => `--condition '${claim}=${pattern}'`).join(' ')}`,
    )
    .join('\n');
