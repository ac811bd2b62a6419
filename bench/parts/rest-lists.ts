import type { Bench } from '../bench.ts';
import { git } from '../measure/git-client.ts';
import { load } from '../measure/load.ts';
import { compared, type Row } from '../row.ts';
import { startPlain } from '../yardsticks/plain-http.ts';

const SECONDS = 2;
const CONNECTIONS = 8;
const FOLDER = 'source';

/** What scripts ask for again and again of a repository with many refs, against Git started for each request. */
export async function restLists(bench: Bench): Promise<Row[]> {
  const latchkey = await bench.latchkey({ workers: 1 });
  await bench.provide('large');
  const large = await bench.repositories.path('large');
  const file = (await git(['-C', large, 'ls-tree', '-r', '--name-only', 'HEAD', FOLDER])).split('\n')[0];
  const plain = await startPlain('git', bench.servedPath('large'));
  const asked = [
    ['commits of all branches and tags', '/commits', '/commits/all', 'git log'],
    ['commits of a folder', `/commits/HEAD?path=${FOLDER}`, `/commits/of/${FOLDER}`, 'git log'],
    [
      'branches, those that changed last first',
      '/refs/branches?sort=-target.date&pagelen=30',
      '/branches/by-date',
      'git for-each-ref',
    ],
    ['bytes of a file', `/src/HEAD/${file}`, `/file/${file}`, 'git cat-file'],
  ] as const;
  const rates = asked.map(() => ({ ours: [] as number[], theirs: [] as number[] }));
  const at = async (url: string, path: string, authorization?: string): Promise<number> => {
    const requests = [
      { path, ...(authorization !== undefined && { headers: { Authorization: authorization } }) },
    ];
    return (await load({ url, requests, connections: CONNECTIONS, seconds: SECONDS })).perSecond;
  };
  for (let round = 0; round < bench.rounds; round++) {
    for (const [index, [, ours, theirs]] of asked.entries()) {
      const path = `/2.0/repositories/acme/large${ours}`;
      rates[index]?.ours.push(await at(latchkey.url, path, latchkey.authorization));
      rates[index]?.theirs.push(await at(plain.url, theirs));
    }
  }
  await plain.group.end();
  return asked.map(([work, , , command], index) =>
    compared(
      {
        work: `REST ${work}, ${CONNECTIONS} at a time, one worker`,
        measure: 'answers',
        repository: bench.describe('large'),
        unit: 'requests/s',
      },
      rates[index]?.ours ?? [],
      `${command} started per request`,
      rates[index]?.theirs ?? [],
    ),
  );
}
