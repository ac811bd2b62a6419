#!/usr/bin/env node
import { statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Databases, repositories and secrets are for the user alone who runs the host.
process.umask(0o077);
// `latchkey … | head` closes our output before we are done, which is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

// Before anything else is loaded, for compiling takes much of a cold start. Only in a data folder that is there and ours:
// what lies in the cache is run.
const data = dataFolder(process.argv) ?? process.env['LATCHKEY_DATA'] ?? './data';
// What Git and people run in folders of others must not take a cache from a `data` that lies there.
const isClient = ['login', 'credential-helper'].includes(process.argv[2] ?? '');
if (!isClient && statSync(data, { throwIfNoEntry: false })?.uid === process.getuid?.()) {
  enableCompileCache(join(data, 'cache', 'compile'));
}
const run = isClient
  ? (await import('./cli/client.ts')).runClient
  : process.argv[2] === 'worker'
    ? (await import('./cluster/worker.ts')).runWorker
    : (await import('./cli/index.ts')).runCommandLine;
process.exitCode = await run(process.argv);

/** The value of `--data`, before the command line is really read. */
function dataFolder(argv: readonly string[]): string | undefined {
  const at = argv.findIndex((word) => word === '--data' || word.startsWith('--data='));
  const word = argv[at];
  return word === '--data' ? argv[at + 1] : word?.slice('--data='.length);
}
