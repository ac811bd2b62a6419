import { Command } from 'commander';
import { everythingKept, maintain, type Kept, type UpkeepReport } from '../acts/repositories/maintain.ts';
import { shapeInWords } from '../acts/repositories/shape-in-words.ts';
import { enterAsOperator } from '../entry/index.ts';
import { Problem } from '../problem.ts';
import type { Services } from '../services.ts';
import { inMaintenanceTurn } from './maintenance-turn.ts';
import { settingsOf } from './settings.ts';
import { print } from './operate.ts';

export const maintainCommand = (): Command =>
  new Command('maintain')
    .description(
      'Bring repositories into shape now, as the server does by itself after pushes: packs, bitmaps, commit-graphs, references.',
    )
    .argument('[repository]', 'WORKSPACE/NAME, with its wiki')
    .option('--all', 'every repository and wiki')
    .option('--whole', 'pack anew as a whole, even what needs nothing')
    .option('--json', 'as JSON, one object a line')
    .action(async (name: string | undefined, options: Record<string, unknown>) => {
      if ((name === undefined) === (options['all'] !== true)) {
        throw new Problem('invalid', 'Name one repository as WORKSPACE/NAME, or give --all.');
      }
      await inMaintenanceTurn(settingsOf(options), (services, signal) =>
        maintainEach(services, name, options, signal),
      );
    });

async function maintainEach(
  services: Services,
  name: string | undefined,
  options: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<void> {
  const grant = await enterAsOperator(services, 'host.inspect', [{ type: 'host' }]);
  const all = await everythingKept(services, grant);
  const chosen = all.filter((kept) => name === undefined || kept.name === name.toLowerCase());
  if (chosen.length === 0 && name !== undefined)
    throw new Problem('not_found', `There is no repository "${name}".`);
  let failed = 0;
  for (const kept of chosen) {
    const report = await maintainOne(services, kept, { whole: options['whole'] === true, signal }).catch(
      (error: unknown) => {
        signal.throwIfAborted();
        // Those behind it are not to wait for it.
        return { failure: error instanceof Error ? error.message : String(error) };
      },
    );
    if (report.failure !== null) failed += 1;
    if (options['json'] === true) {
      print(JSON.stringify({ repository: kept.name, data: kept.data, ...report }));
    } else print(`${kept.name}${kept.data === 'wiki' ? ' (wiki)' : ''}: ${inWords(report)}`);
  }
  if (failed > 0) throw new Problem('conflict', `${failed} of these could not be brought into shape.`);
}

async function maintainOne(
  services: Services,
  { id, data }: Kept,
  options: { readonly whole: boolean; readonly signal: AbortSignal },
): Promise<UpkeepReport> {
  const target = [{ type: 'repository', workspace: '{}', repository: `{${id}}` }] as const;
  return data === 'wiki'
    ? maintain(services, await enterAsOperator(services, 'wiki.maintain', target), options)
    : maintain(services, await enterAsOperator(services, 'repository.maintain', target), options);
}

function inWords(report: UpkeepReport | Pick<UpkeepReport, 'failure'>): string {
  if (!('did' in report) || report.failure !== null) return `FAILED: ${report.failure}`;
  const { before, after, did, removed, tookMs } = report;
  const left = removed.length === 0 ? '' : `; ${removed.length} leftovers of killed processes removed`;
  if (did.length === 0) return `needs nothing; ${shapeInWords(after)}${left}`;
  const was = before.packs === after.packs ? '' : ` (was ${before.packs})`;
  return `${shapeInWords(after, was)}; ${did.join(', ')} in ${(tookMs / 1000).toFixed(1)} s${left}`;
}
