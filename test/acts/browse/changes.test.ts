import type { Readable } from 'node:stream';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { changeOf, openDiff, viewChanges } from '../../../src/acts/browse/changes.ts';
import { viewCommit } from '../../../src/acts/source/commits.ts';
import type { Grant } from '../../../src/gate/index.ts';
import type { Commit } from '../../../src/git/commit.ts';
import { createRepository } from '../../../src/git/create.ts';
import { writingHandle } from '../../../src/git/handle.ts';
import { runningGit } from '../../../src/git/process.ts';
import { Turns } from '../../../src/limits/turns.ts';
import type { Services } from '../../../src/services.ts';
import { BuiltRepository } from '../../git/build-repository.ts';
import { at, nothing, openHost, type TestHost } from '../host.ts';

let host: TestHost;
let git: BuiltRepository;
let grant: Grant<'source.read'>;

beforeAll(async () => {
  host = await openHost();
  await host.person('ada');
  const id = await host.repository(await host.workspace('w', 'ada'), 'app', { isPrivate: false });
  const path = host.services.storage.pathOf(id, 'repository');
  await createRepository(path);
  git = new BuiltRepository(path, writingHandle(id, 'repository', path));
  grant = await host.enter('source.read', at('w/app'), nothing);
});

const diffs = () => runningGit().filter(({ command }) => command === 'diff-tree').length;

it('the changes of a commit read as their files do, whatever encoding each has', async () => {
  const long = `x${'ä'.repeat(60)}\n${' line\n'.repeat(9)}`;
  const western = Buffer.from('caf\xe9\n', 'latin1');
  const files = (change: string) => [
    { path: 'changed.txt', content: change === '' ? western : 'café\n' },
    { path: 'long.txt', content: `${long}${change}\n` },
    { path: 'name-\xe9.txt', content: Buffer.concat([western, Buffer.from(change)]) },
  ];
  await git.commit({ branch: 'encodings', files: files('') });
  await git.commit({ branch: 'encodings', files: files('naïve') });
  const commit = await viewCommit(host.services, grant, 'encodings');
  const { diff } = await viewChanges(host.services, grant, changeOf(commit));
  expect(diff).toContain('\n-café\n+café\n');
  expect(diff).toContain('\n café\n+naïve\n');
  // Git cuts what stands here after 80 bytes or so.
  expect(diff).toMatch(/^@@ .* @@ xä+\ufffd?$/m);
  expect(diff).toContain('+++ b/name-\ufffd.txt\n');
});

describe('whole diffs', () => {
  let large: Commit;
  let services: Services;
  let opened: Readable[] = [];

  beforeAll(async () => {
    // Many times what lies in pipes and buffers.
    const content = 'a line of text\n'.repeat(200_000);
    await git.commit({ branch: 'large', files: [{ path: 'a', content }] });
    large = await viewCommit(host.services, grant, 'large');
  });

  afterEach(async () => {
    for (const stream of opened) stream.destroy();
    opened = [];
    await expect.poll(diffs).toBe(0);
  });

  const open = async (): Promise<Readable> => {
    const stream = await openDiff(services, grant, changeOf(large), new AbortController().signal);
    opened.push(stream);
    return stream.on('error', () => {});
  };

  it('are read by as many processes as there are turns, each until its stream is closed', async () => {
    services = { ...host.services, diffTurns: new Turns(2, 20) };
    const asked = Array.from({ length: 6 }, open);
    const [first, second] = await Promise.all(asked.slice(0, 2));
    await expect.poll(diffs).toBe(2);
    first?.destroy();
    await asked[2];
    // To its end.
    expect(Buffer.concat((await second?.toArray()) ?? []).length).toBeGreaterThan(3_000_000);
    await asked[3];
    await expect.poll(diffs).toBe(2);
    expect(opened).toHaveLength(4);
    for (let next = 2; next < 6; next += 1) (await asked[next])?.destroy();
  });

  it('keep nobody from what is read of a repository, however slowly they are read', async () => {
    services = { ...host.services, readTurns: new Turns(1, 0), diffTurns: new Turns(2, 20) };
    await Promise.all([open(), open()]);
    await expect.poll(diffs).toBe(2);
    expect((await viewChanges(services, grant, changeOf(large))).isCompared).toBe(true);
  });
});
