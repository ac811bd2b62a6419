/**
 * The load generator, in a process of its own: sends requests over plain sockets, each connection one after the other,
 * and says how many were answered, how fast, and with which status. Started by load.ts.
 */
import { connect, type Socket } from 'node:net';
import { AnswerReader } from './http-answer.ts';
import type { LoadOrder, LoadResult } from './load.ts';
import { quantile } from './statistics.ts';

const WARM_UP_SECONDS = 0.5;
const BUFFER_BYTES = 512 * 1024;
/** A server from which no byte comes for so long has stopped answering. */
const SILENCE_MS = 30_000;

/** Kept sorted out of the hot path: milliseconds of every answer after the warm-up. */
const latencies: number[] = [];
let next = 0;
let answered = 0;
let bytes = 0;
/** Pieces that came, of whatever. */
let heard = 0;
const wrong = new Map<number, number>();

function run(order: LoadOrder): Promise<LoadResult> {
  const requests = order.requests.map(({ head, body }) =>
    Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body, 'base64')]),
  );
  const { promise, resolve, reject } = Promise.withResolvers<LoadResult>();
  const begun = performance.now();
  const warm = order.count === undefined ? WARM_UP_SECONDS * 1000 : 0;
  const until = order.seconds === undefined ? Infinity : begun + warm + order.seconds * 1000;
  const allowed = order.count ?? Infinity;
  let open = order.connections;

  const finished = (): void => {
    open -= 1;
    if (open > 0) return;
    const seconds = (Math.min(performance.now(), until) - begun - warm) / 1000;
    resolve({
      answered,
      seconds,
      perSecond: answered / seconds,
      bytes,
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
      wrong: Object.fromEntries(wrong),
    });
  };

  const connection = (): void => {
    const reader = new AnswerReader();
    let sent = 0;
    let waiting = false;
    let read = 0;
    let socket: Socket;
    const send = (): boolean => {
      if (next >= allowed || performance.now() >= until) return false;
      const request = requests[next % requests.length];
      next += 1;
      if (request === undefined) return false;
      sent = performance.now();
      waiting = true;
      socket.write(request);
      return true;
    };
    const answer = (): void => {
      waiting = false;
      const now = performance.now();
      bytes += reader.bodyBytes - read;
      read = reader.bodyBytes;
      if (reader.status !== order.status) wrong.set(reader.status, (wrong.get(reader.status) ?? 0) + 1);
      if (now < begun + warm || now > until) return;
      answered += 1;
      latencies.push(now - sent);
    };
    let over = false;
    const end = (): void => {
      if (over) return;
      over = true;
      socket.destroy();
      finished();
    };
    const dial = (): void => {
      socket = connect({
        host: '127.0.0.1',
        port: order.port,
        noDelay: true,
        onread: {
          buffer: Buffer.allocUnsafe(BUFFER_BYTES),
          callback: (length, buffer) => {
            heard += 1;
            if (reader.take(buffer as Buffer, length)) {
              answer();
              if (!order.reconnects && !send()) end();
            }
            return true;
          },
        },
      });
      socket.once('connect', () => {
        if (!send()) end();
      });
      socket.once('error', (error) => reject(error));
      socket.once('close', () => {
        if (over) return;
        if (reader.close()) answer();
        if (waiting) reject(new Error('A connection ended in the middle of an answer.'));
        else dial();
      });
    };
    dial();
  };
  for (let index = 0; index < order.connections; index++) connection();
  let seen = -1;
  const watch = setInterval(() => {
    if (heard === seen) reject(new Error(`It answered ${answered} requests, and then nothing for 30 s.`));
    seen = heard;
  }, SILENCE_MS);
  return promise.finally(() => clearInterval(watch));
}

process.once('message', (order: LoadOrder) => {
  run(order).then(
    (result) => process.send?.({ result }, () => process.exit()),
    (error: unknown) => process.send?.({ error: String(error) }, () => process.exit(1)),
  );
});
// The one who asked is gone.
process.once('disconnect', () => process.exit(1));
