import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { HelperClient } from '../../../src/git/start/client.ts';
import { atEndOfFile } from '../../support/cleanup.ts';
import { workFolder } from '../../support/git.ts';
import { mkdirSync } from 'node:fs';

it('nothing is lost to a helper whose socket still takes connections while it ends', async () => {
  const folder = workFolder('helper');
  mkdirSync(folder);
  const connections: Socket[] = [];
  const asked: string[] = [];
  const helper = createServer((socket) => {
    connections.push(socket);
    socket.on('error', () => {});
    // As the kernel does for a process that was killed: connected, and gone without a word.
    if (connections.length === 1) return void socket.destroy();
    socket.write('{}\n');
    socket.setEncoding('utf8').on('data', (text: string) => {
      asked.push(text);
      if (text.includes('"start"')) socket.write('{"id":1,"ended":[0,null]}\n');
    });
  });
  helper.listen(join(folder, 'socket'));
  await once(helper, 'listening');
  const client = new HelperClient(join(folder, 'socket'));
  atEndOfFile(async () => {
    client.close();
    helper.close();
  });
  await client.open();
  const child = client.start({
    command: 'git',
    args: ['version'],
    cwd: '/',
    env: {},
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(connections).toHaveLength(2);
  expect(
    asked
      .join('')
      .split('\n')
      .filter((line) => line.includes('"start"')),
  ).toHaveLength(1);
});
