/**
 * Loaded into Latchkey's processes by `--import` for one measurement: the first request makes the process that takes
 * it touch 800 MB, and from then on the delay of its event loop is watched. SIGUSR2 writes what was seen to
 * `LATCHKEY_BENCH_LOOP/PID.json` and begins anew. A helper that answers no requests never takes the memory.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const MEGABYTES = 800;
const PIECE = 1024 * 1024;
const CHANNEL = 'http.server.request.start';
const folder = process.env['LATCHKEY_BENCH_LOOP'] ?? '';

const begin = (): void => {
  unsubscribe(CHANNEL, begin);
  // Kept by the listener below; filled, because memory that was never written to costs a fork nothing.
  const touched = Array.from({ length: MEGABYTES }, () => Buffer.alloc(PIECE, 1));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const write = (): void => {
    const [p99, max] = [delay.percentile(99) / 1e6, delay.max / 1e6];
    const path = join(folder, `${process.pid}.json`);
    writeFileSync(`${path}.new`, JSON.stringify({ p99, max, touched: touched.length }));
    renameSync(`${path}.new`, path);
    delay.reset();
  };
  process.on('SIGUSR2', write);
  write();
};
subscribe(CHANNEL, begin);
