import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { gitOk, git, newRepository, workFolder } from '../support/git.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { workersOf } from '../support/worker-processes.ts';
import { world, type World } from '../support/world.ts';

let server: TestServer;
let made: World;
let url: string;
let secret: string;
let watched: string;

const metrics = async (): Promise<string> => (await fetch(`${watched}/metrics`)).text();

/** The value of one line, written as it stands there without its value; 0 where it is not there. */
const valueOf = (text: string, line: string): number =>
  Number(
    text
      .split('\n')
      .find((each) => each.startsWith(`${line} `))
      ?.slice(line.length) ?? 0,
  );

/** Over all of its labels. */
const total = (text: string, name: string): number =>
  text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`))
    .reduce((sum, line) => sum + Number(line.split(' ')[1]), 0);

beforeAll(async () => {
  const port = await freePort();
  watched = `http://127.0.0.1:${port}`;
  server = await startServer({ arguments: ['--metrics', `127.0.0.1:${port}`] });
  made = world(server);
  ({ secret } = await made.usual());
  url = made.cloneUrl('acme/app', 'ada', secret);
  const clone = await newRepository('app');
  await gitOk(['push', '--quiet', url, 'HEAD:refs/heads/main'], { cwd: clone });
});

it('counts requests by door, operation and outcome, and answers to clones by where they come from', async () => {
  for (const name of ['one', 'two']) await gitOk(['clone', '--quiet', url, workFolder(name)]);
  await fetch(`${server.url}/2.0/repositories/acme/app`, {
    headers: { Authorization: `Basic ${Buffer.from(`ada:${secret}`).toString('base64')}` },
  });
  await fetch(`${server.url}/nothing/is/here/of/this/name`);
  const text = await metrics();
  expect(
    valueOf(text, 'latchkey_requests_total{door="git",operation="repository.fetch",outcome="answered"}'),
  ).toBeGreaterThanOrEqual(4);
  expect(
    valueOf(text, 'latchkey_requests_total{door="git",operation="repository.push",outcome="answered"}'),
  ).toBeGreaterThanOrEqual(2);
  expect(
    valueOf(text, 'latchkey_requests_total{door="rest",operation="source.read",outcome="answered"}'),
  ).toBe(1);
  expect(valueOf(text, 'latchkey_pack_answers_total{from="made"}')).toBe(1);
  expect(valueOf(text, 'latchkey_pack_answers_total{from="kept"}')).toBe(1);
  expect(valueOf(text, 'latchkey_pack_jobs_running')).toBe(0);
  expect(valueOf(text, 'latchkey_process_helper_up')).toBe(1);
  expect(valueOf(text, 'latchkey_process_helper_starts_total')).toBe(1);
  expect(text).toContain('# TYPE latchkey_pack_answers_total counter');
  expect(text).toContain('nodejs_eventloop_lag_p99_seconds');
  expect(text).toContain('latchkey_maintenance_runs_total{outcome="succeeded"} 0');
});

it('counts what was refused by its reason', async () => {
  const before = await metrics();
  const { code } = await git(['ls-remote', made.cloneUrl('acme/app', 'ada', 'never-a-secret')]);
  expect(code).not.toBe(0);
  const after = await metrics();
  const name = 'latchkey_refusals_total';
  expect(total(after, name)).toBeGreaterThan(total(before, name));
  expect(after).toMatch(/latchkey_refusals_total\{code="secret_[a-z_]+"\} [1-9]/);
});

it('counts on where one of several workers stands still, is killed or is replaced', async () => {
  const port = await freePort();
  const several = await startServer({
    arguments: ['--metrics', `127.0.0.1:${port}`],
    environment: { LATCHKEY_WORKERS: '2' },
  });
  const counted = async () => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return {
      requests: total(text, 'latchkey_requests_total'),
      times: total(text, 'latchkey_request_seconds_count'),
      workers: valueOf(text, 'latchkey_workers'),
      heap: valueOf(text, 'nodejs_heap_size_used_bytes'),
    };
  };
  const ask = async (): Promise<void> => {
    await (await fetch(`${several.url}/nothing`, { headers: { Connection: 'close' } })).body?.cancel();
  };
  const whenThereAre = async (count: number): Promise<Awaited<ReturnType<typeof counted>>> => {
    for (let tries = 0; tries < 400; tries++) {
      const found = await counted();
      if (found.workers === count) return found;
      await delay(25);
    }
    throw new Error('It never came to be.');
  };
  await whenThereAre(2);
  for (let round = 0; round < 8; round++) await ask();
  const before = await counted();
  expect(before.requests).toBe(8);
  const [one = 0, other = 0] = workersOf(several.process.pid ?? 0);

  process.kill(one, 'SIGSTOP');
  expect(await counted()).toMatchObject({ requests: 8, times: 8 });
  process.kill(one, 'SIGKILL');
  process.kill(other, 'SIGKILL');
  const none = await whenThereAre(0);
  expect(none).toMatchObject({ requests: 8, times: 8 });
  // What it held ended with it.
  expect(none.heap).toBeLessThan(before.heap);
  await whenThereAre(2);
  for (let round = 0; round < 4; round++) await ask();
  expect(await counted()).toMatchObject({ requests: 12, times: 12 });
});

it('says no name, no path and no secret', async () => {
  await fetch(`${server.url}/acme/app?token=${secret}`);
  const text = await metrics();
  for (const word of ['acme', 'ada', secret, 'token', 'nothing/is/here']) expect(text).not.toContain(word);
});

it('says that it lives, and that it is ready', async () => {
  for (const [path, says] of [
    ['/-/live', 'live\n'],
    ['/-/ready', 'ready\n'],
  ] as const) {
    const response = await fetch(`${watched}${path}`);
    expect([response.status, await response.text()]).toEqual([200, says]);
  }
  expect((await fetch(`${watched}/`)).status).toBe(404);
  expect((await fetch(`${watched}/metrics`, { method: 'POST' })).status).toBe(405);
  // At the address of the host itself there is nothing of this.
  expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
});

it('refuses to start with an address that is none, or that is taken', async () => {
  const wrong = await server.cli(['serve', '--port', '0', '--metrics', 'somewhere']);
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toContain('must be HOST:PORT');
});
