import type { Bench } from '../bench.ts';
import { infoRefs, lsRefs } from '../measure/git-requests.ts';
import { load, type LoadRequest, type LoadResult } from '../measure/load.ts';
import { alone, compared, type Row } from '../row.ts';
import type { GitServer } from '../yardsticks/server.ts';

const CONNECTIONS = 32;
const SECONDS = 3;

/** What CI does when it polls: `info/refs`, then `ls-refs`, with a key, on a private repository. */
const poll = ({ path, authorization }: GitServer): LoadRequest[] => [
  infoRefs(path('polled'), authorization),
  lsRefs(path('polled'), authorization),
];

const pollAt = (server: GitServer): Promise<LoadResult> =>
  load({
    url: server.url,
    requests: poll(server),
    connections: CONNECTIONS,
    seconds: SECONDS,
    reconnects: server.reconnects,
  });

export async function refs(bench: Bench): Promise<Row[]> {
  const latchkey = await bench.latchkey({ workers: 1 });
  await bench.provide('polled');
  const nginx = await bench.nginx();
  const other = await bench.nodeGitServer();
  const ours: LoadResult[] = [];
  const theirs: LoadResult[] = [];
  const others: LoadResult[] = [];
  /** Under this load the package leaves connections without an answer now and then. */
  let hasStopped = false;
  let started = 0;
  // How the installed Git speaks is learned once, for which one is started.
  await pollAt(latchkey);
  for (let round = 0; round < bench.rounds; round++) {
    const before = latchkey.group.processMark();
    ours.push(await pollAt(latchkey));
    if (latchkey.group.processMark() !== before) started += 1;
    if (nginx !== undefined) theirs.push(await pollAt(nginx.guarded));
    if (!hasStopped) {
      await pollAt(other).then(
        (result) => others.push(result),
        (error: unknown) => {
          hasStopped = true;
          process.stderr.write(`${other.name} is left out: ${String(error)}\n`);
        },
      );
    }
  }
  const about = {
    work: `authenticated info/refs and ls-refs, ${CONNECTIONS} at a time, one worker`,
    repository: bench.describe('polled'),
  };
  const perSecond = (results: readonly LoadResult[]): number[] => results.map((result) => result.perSecond);
  const requests = { ...about, measure: 'answers', unit: 'requests/s' } as const;
  return [
    ...(nginx === undefined
      ? []
      : [
          compared(
            { ...requests, bar: { is: 'at least', limit: 8 } },
            perSecond(ours),
            nginx.guarded.name,
            perSecond(theirs),
          ),
        ]),
    ...(hasStopped ? [] : [compared(requests, perSecond(ours), other.name, perSecond(others))]),
    alone(
      { ...about, measure: 'p99', unit: 'ms', bar: { is: 'below', limit: 20 } },
      ours.map(({ p99 }) => p99),
    ),
    alone(
      {
        ...about,
        measure: 'rounds in which a process was started',
        unit: 'processes',
        bar: { is: 'at most', limit: 0 },
      },
      [started],
    ),
  ];
}
