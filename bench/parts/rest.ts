import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import { git } from '../measure/git-client.ts';
import { load, type LoadRequest } from '../measure/load.ts';
import { compared, type Row } from '../row.ts';
import type { GitServer } from '../yardsticks/server.ts';
import { startPlain } from '../yardsticks/plain-http.ts';

const SECONDS = 3;
const CONNECTIONS = 32;
const LOG_CONNECTIONS = 8;
/** As many heads as one round may ask for at most, so that none comes twice. */
const HEADS_PER_ROUND = 4_000;

const get = (path: string, { authorization }: Pick<GitServer, 'authorization'>): LoadRequest => ({
  path,
  headers: { ...(authorization !== undefined && { Authorization: authorization }) },
});

/** One repository as JSON, with a key, against a bare route that answers the same bytes to everybody. */
export async function restRepository(bench: Bench): Promise<Row[]> {
  const latchkey = await bench.latchkey({ workers: 1 });
  await bench.provide('polled');
  const path = '/2.0/repositories/acme/polled';
  const answer = await fetch(latchkey.url + path, {
    headers: { Authorization: latchkey.authorization ?? '' },
  });
  const file = join(bench.folder, 'repository.json');
  writeFileSync(file, await answer.text());
  const plain = await startPlain('bytes', file);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    const at = async (url: string, request: LoadRequest): Promise<number> =>
      (await load({ url, requests: [request], connections: CONNECTIONS, seconds: SECONDS })).perSecond;
    ours.push(await at(latchkey.url, get(path, latchkey)));
    theirs.push(await at(plain.url, { path }));
  }
  await plain.group.end();
  const about = {
    work: `REST GET of a repository, ${CONNECTIONS} at a time, one worker`,
    measure: 'answers',
    repository: '–',
    unit: 'requests/s',
    bar: { is: 'at least', limit: 0.35 },
  } as const;
  return [compared(about, ours, 'bare Fastify route, same bytes', theirs)];
}

/** Thirty commits of heads that were never asked for, and of one that was, against `git log` started for each request. */
export async function restCommits(bench: Bench): Promise<Row[]> {
  const latchkey = await bench.latchkey({ workers: 1 });
  await bench.provide('large');
  const large = await bench.repositories.path('large');
  const wanted = HEADS_PER_ROUND * (bench.rounds + 1);
  const heads = (await git(['-C', large, 'rev-list', `--max-count=${wanted}`, 'HEAD'])).split('\n');
  const plain = await startPlain('git', bench.servedPath('large'));
  const path = (head: string): string => `/2.0/repositories/acme/large/commits/${head}?pagelen=30`;
  const unseen: number[] = [];
  const seen: number[] = [];
  const log: number[] = [];
  const at = async (
    url: string,
    requests: readonly LoadRequest[],
    until: { seconds?: number; count?: number },
  ) => (await load({ url, requests, connections: LOG_CONNECTIONS, ...until })).perSecond;
  const perRound = Math.floor(heads.length / bench.rounds);
  for (let round = 0; round < bench.rounds; round++) {
    const fresh = heads.slice(round * perRound, (round + 1) * perRound);
    const first = fresh[0] ?? '';
    unseen.push(
      await at(
        latchkey.url,
        fresh.map((head) => get(path(head), latchkey)),
        { count: fresh.length },
      ),
    );
    log.push(
      await at(
        plain.url,
        fresh.map((head) => ({ path: `/${head}` })),
        { seconds: SECONDS },
      ),
    );
    seen.push(await at(latchkey.url, [get(path(first), latchkey)], { seconds: SECONDS }));
  }
  await plain.group.end();
  const about = { measure: 'answers', repository: bench.describe('large'), unit: 'requests/s' } as const;
  const work = `REST commits (30), ${LOG_CONNECTIONS} at a time, one worker, head`;
  const against = 'git log started per request';
  return [
    compared(
      { ...about, work: `${work} not seen before`, bar: { is: 'at least', limit: 2 } },
      unseen,
      against,
      log,
    ),
    compared(
      { ...about, work: `${work} seen before`, bar: { is: 'at least', limit: 60 } },
      seen,
      against,
      log,
    ),
  ];
}
