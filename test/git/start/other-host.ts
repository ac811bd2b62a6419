/** A host in a process of its own, to be killed: says on a line what it runs. */
import { once } from 'node:events';
import { HELPER_VARIABLE, startProcess, useHelper } from '../../../src/git/start/index.ts';

const helper = await useHelper();
const child = startProcess({
  command: 'sh',
  // Neither an end of its input nor of its output ends it.
  args: ['-c', 'echo $$; exec sleep 60'],
  cwd: '/',
  env: { PATH: process.env['PATH'] ?? '' },
  stdio: ['pipe', 'pipe', 'pipe'],
});
const [line] = (await once(child.stdout, 'data')) as [Buffer];
process.stdout.write(
  `${JSON.stringify({ child: Number(String(line)), helper: helper.pid, socket: helper.environment[HELPER_VARIABLE] })}\n`,
);
setInterval(() => {}, 1000);
