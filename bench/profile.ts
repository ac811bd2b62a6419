/**
 * Draws where the processor time goes while one process answers what CI asks most: flame graphs in docs/images/.
 *
 *     node bench/profile.ts
 */
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from '../scripts/build.ts';
import { Bench } from './bench.ts';
import { profileWhile } from './measure/cpu-profile.ts';
import { flameGraph } from './measure/flame-graph.ts';
import { infoRefs, lsRefs } from './measure/git-requests.ts';
import { load } from './measure/load.ts';
import { endAll } from './measure/process-group.ts';
import { allBut, drain } from './parts/fetches.ts';
import { freePort } from './yardsticks/ports.ts';

const CONNECTIONS = 32;
const SECONDS = 5;
const CLONES = 4;

const pictures = fileURLToPath(new URL('../docs/images/', import.meta.url));
await build();
const bench = new Bench({ rounds: 1, pairs: 2 });
try {
  const inspector = await freePort();
  const server = await bench.latchkey({
    workers: 1,
    env: { NODE_OPTIONS: `--inspect=127.0.0.1:${inspector}` },
  });
  await bench.provide('polled');
  await bench.provide('large');

  const { path, authorization, url } = server;
  const requests = [infoRefs(path('polled'), authorization), lsRefs(path('polled'), authorization)];
  const poll = (seconds: number) => load({ url, requests, connections: CONNECTIONS, seconds });
  await poll(2);
  const polled = await profileWhile(inspector, () => poll(SECONDS));
  writeFileSync(
    `${pictures}profile-info-refs.svg`,
    flameGraph(polled, 'info/refs and ls-refs with a key, 32 at a time, 400 refs, one process'),
  );

  const wants = allBut(await bench.tips('large'), 0);
  await drain(server, 'large', wants, 1);
  const cloned = await profileWhile(inspector, () => drain(server, 'large', wants, CLONES));
  writeFileSync(
    `${pictures}profile-kept-clone.svg`,
    flameGraph(
      cloned,
      'Full clones of a repository of 200 MB that was cloned before, 4 at a time, one process',
    ),
  );
} finally {
  await endAll();
  rmSync(bench.folder, { recursive: true, force: true });
}
