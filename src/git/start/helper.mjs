/**
 * The process that starts every Git of a host, because starting one stops a process for as long as its memory is large.
 * Plain JavaScript and only two modules of Node: what it holds in memory is what each start costs.
 *
 *     node helper.mjs SOCKET
 *
 * It ends when its standard input does, which is when the host that started it is gone, and ends what it started first.
 * The server process and its workers each keep one connection, over which lines of JSON go both ways:
 *
 *     to us    {"address"}                                    once: where the streams of the processes are connected to
 *              {"id", "start": {command, args, cwd, env, stdio, stdoutPath}}
 *              {"id", "signal"}                               to the whole process group
 *     from us  {}                                             once: we are here, and not only our socket
 *              {"id", "pid"}, {"id", "ended": [code, signal]}, {"id", "failed": "ENOENT"}
 *
 * For each 'pipe' of `stdio` we connect to the address, write the head `id:number` and a newline, and hand the socket
 * itself to the new process: no byte of its streams passes through here.
 */
import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { closeSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

const KILL_AFTER_MS = 5_000;
const RETRY_MS = 5;
const LONGEST_LINE = 64 * 1024 * 1024;

const path = process.argv[2];
const clients = new Set();

const server = createServer(serve);
server.listen(path, () => process.stdout.write('ready\n'));
// A signal to the whole group or service is for the host, which finishes what runs with our help.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => {});
process.stdout.on('error', () => {});
process.stdin.on('end', leave).on('error', leave).resume();

function leave() {
  server.close();
  for (const end of clients) end();
  rmSync(dirname(path), { recursive: true, force: true });
}

function serve(control) {
  const running = new Map();
  let address = '';
  let rest = '';
  const end = () => {
    if (!clients.delete(end)) return;
    control.destroy();
    for (const process of running.values()) process.end();
  };
  clients.add(end);
  control.setEncoding('utf8');
  control.on('error', end).on('close', end);
  control.on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) return end();
    for (const line of lines) take(JSON.parse(line));
  });
  const tell = (message) => {
    if (control.writable) control.write(`${JSON.stringify(message)}\n`);
  };
  tell({});
  const take = (message) => {
    if (message.address !== undefined) address = message.address;
    else if (message.signal !== undefined) running.get(message.id)?.signal(message.signal);
    else void start(message.id, message.start);
  };

  async function start(id, asked) {
    let child;
    let ended = false;
    let early;
    let last;
    const signal = (name) => {
      early = name;
      if (child?.pid === undefined || ended) return;
      try {
        process.kill(-child.pid, name);
      } catch {
        // It ended in between.
      }
    };
    running.set(id, {
      signal,
      end: () => {
        signal('SIGTERM');
        last = setTimeout(() => signal('SIGKILL'), KILL_AFTER_MS);
      },
    });
    const finish = (message) => {
      if (ended) return;
      ended = true;
      clearTimeout(last);
      running.delete(id);
      tell({ id, ...message });
    };
    const sockets = [];
    let file;
    try {
      const stdio = await Promise.all(
        asked.stdio.map(async (kind, number) => {
          if (kind !== 'pipe') return 'ignore';
          const socket = await connected(address, `${id}:${number}\n`);
          sockets.push(socket);
          return socket;
        }),
      );
      if (early !== undefined) return finish({ ended: [null, early] });
      if (asked.stdoutPath !== undefined) stdio[1] = file = openSync(asked.stdoutPath, 'wx', 0o600);
      // libuv makes 0 to 2 blocking for the new process, and leaves the others as we hold them.
      for (const socket of stdio.slice(3)) if (socket !== 'ignore') socket._handle.setBlocking(true);
      child = spawn(asked.command, asked.args, { cwd: asked.cwd, env: asked.env, stdio, detached: true });
      child.once('error', (error) => {
        if (child.pid === undefined) finish({ failed: error.code ?? 'UNKNOWN' });
      });
      child.once('exit', (code, name) => finish({ ended: [code, name] }));
      if (child.pid !== undefined) tell({ id, pid: child.pid });
    } catch (error) {
      finish({ failed: error.code ?? 'UNKNOWN' });
    } finally {
      for (const socket of sockets) socket.destroy();
      if (file !== undefined) closeSync(file);
    }
  }
}

/** A socket from which nothing was read and to which only the head was written. */
function connected(address, head) {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: address, allowHalfOpen: true });
    socket.pause();
    socket.once('error', (error) => {
      socket.destroy();
      // The host has not yet taken those that wait: its loop is busy.
      if (error.code === 'EAGAIN') setTimeout(() => connected(address, head).then(resolve, reject), RETRY_MS);
      else reject(error);
    });
    socket.write(head, (error) => {
      if (!error) resolve(socket);
    });
  });
}
