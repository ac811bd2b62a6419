import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { addIssuer, dropIssuer, replaceIssuerKeys, viewIssuers } from '../acts/federation/issuers.ts';
import { isPreset, ISSUER_PRESETS, PRESET_NAMES, type IssuerPreset } from '../acts/federation/presets.ts';
import { enterAsOperator } from '../entry/index.ts';
import { Problem } from '../problem.ts';
import type { Services } from '../services.ts';
import { instant } from './moment.ts';
import { operate, print, printJson } from './operate.ts';
import { repeatable } from './repeatable.ts';
import { settingsOf } from './settings.ts';

export const issuerCommand = (): Command =>
  new Command('issuer')
    .description('Issuers: CI systems whose tokens of jobs the trust policies of this host may accept.')
    .addCommand(add())
    .addCommand(list())
    .addCommand(keys())
    .addCommand(remove());

const KEYS = 'file with its JWK set, where its keys are not to be read from itself';

const add = (): Command =>
  new Command('add')
    .description(
      'Register an issuer. Its keys are read from where it says that they are, now and then; with --keys they are those of a file.',
    )
    .argument('[issuer]', 'its URL, exactly as its tokens have it in "iss"; a preset may know it')
    .addOption(new Option('--preset <name>', 'what is known of a CI system').choices([...PRESET_NAMES]))
    .option('--title <title>', 'how people are shown it')
    .addOption(
      repeatable(
        '--immutable <claim>',
        'a claim whose value it never gives to anybody else, such as repository_id',
      ),
    )
    .option('--keys <file>', KEYS)
    .addHelpText(
      'after',
      '\nExamples:\n  latchkey issuer add --preset github\n  latchkey issuer add https://gitlab.example.com --preset gitlab\n  latchkey issuer add https://kubernetes.default.svc --preset kubernetes --keys jwks.json\n  latchkey issuer add https://ci.example.com --title "Our CI" --immutable project_uuid',
    )
    .action(async (given: string | undefined, options: Record<string, unknown>) => {
      const preset = presetOf(options['preset']);
      const issuer = given ?? preset?.issuer ?? null;
      if (issuer === null)
        throw new Problem(
          'invalid',
          `Give the URL of the issuer, such as ${preset?.example ?? 'https://ci.example.com'}.`,
        );
      const title = typeof options['title'] === 'string' ? options['title'] : undefined;
      const immutable = [options['immutable'] ?? preset?.immutableClaims ?? []].flat().map(String);
      await operate(settingsOf(options), async (services) => {
        await addIssuer(services, await changing(services), {
          issuer,
          title: title ?? preset?.title ?? '',
          immutableClaims: immutable,
          keySet: typeof options['keys'] === 'string' ? await fileOf(options['keys']) : null,
        });
        print(`Registered ${issuer}.`);
      });
    });

const list = (): Command =>
  new Command('list')
    .description('List the issuers that are registered.')
    .option('--json', 'as JSON')
    .action(async (options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'issuer.list', [{ type: 'host' }]);
        const issuers = await viewIssuers(services, grant);
        if (options['json'] === true) {
          printJson(
            issuers.map(
              ({ issuer, title, immutableClaims, discovers, keys: { keys }, keysReadAt, policies }) => ({
                issuer,
                title,
                immutable_claims: immutableClaims,
                discovers,
                keys: keys.length,
                keys_read_at: instant(keysReadAt),
                trust_policies: policies,
              }),
            ),
          );
          return;
        }
        for (const { issuer, title, immutableClaims, discovers, keysReadAt, policies } of issuers)
          print(
            [
              issuer,
              title,
              `never given away: ${immutableClaims.join(', ')}`,
              `keys ${discovers ? 'read' : 'given'} ${instant(keysReadAt)}`,
              `${policies} ${policies === 1 ? 'policy' : 'policies'}`,
            ].join('  '),
          );
      }),
    );

const keys = (): Command =>
  new Command('keys')
    .description('Give an issuer whose keys were given as a file another set of them.')
    .argument('<issuer>', 'its URL')
    .argument('<file>', 'its JWK set')
    .action(async (issuer: string, file: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        await replaceIssuerKeys(services, await changing(services), issuer, await fileOf(file));
        print(`The keys of ${issuer} are those of ${file}.`);
      }),
    );

const remove = (): Command =>
  new Command('remove')
    .description(
      'Take an issuer away: every trust policy that counts on it, and every job token of theirs, ends for good.',
    )
    .argument('<issuer>', 'its URL')
    .action(async (issuer: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        const ended = await dropIssuer(services, await changing(services), issuer);
        print(`Removed ${issuer}; ${ended} trust ${ended === 1 ? 'policy' : 'policies'} ended.`);
      }),
    );

const changing = (services: Services) => enterAsOperator(services, 'issuer.change', [{ type: 'host' }]);

const presetOf = (name: unknown): IssuerPreset | undefined =>
  typeof name === 'string' && isPreset(name) ? ISSUER_PRESETS[name] : undefined;

async function fileOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    throw new Problem('invalid', `The file ${path} cannot be read.`);
  }
}
