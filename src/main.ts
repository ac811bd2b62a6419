#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { keepCompiled } from './compile-cache.ts';
import { tooOld } from './node-version.ts';

const problem = tooOld(process.versions.node);
if (problem !== undefined) {
  process.stderr.write(`latchkey: ${problem}\n`);
  process.exit(1);
}
// Databases, repositories and secrets are for the user alone who runs the host.
process.umask(0o077);
let isUnwritten = false;
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  // A reader that leaves early (`latchkey … | head`) is no failure, and makes no yes of what a verb answers by its exit code.
  if (code === 'EPIPE' || isUnwritten) return;
  isUnwritten = true;
  process.exitCode = 1;
  process.stderr.write(`latchkey: Standard output could not be written: ${message}.\n`);
});

const [, , verb = ''] = process.argv;
// Before the command line is really read, and before anything else is loaded.
const data = given('data') ?? './data';
// What Git and people run in folders of others must not take a cache from a `data` that lies there.
const isClient = ['login', 'credential-helper', 'derive', 'job-token'].includes(verb);
// A verb that is refused for want of a host leaves an empty folder as it is.
if (verb === 'serve' || (!isClient && existsSync(join(data, 'secrets')))) keepCompiled(data);
const beginning =
  verb === 'serve' ? (await import('./cluster/fork.ts')).forkEarly(data, given('workers')) : undefined;
try {
  const run = isClient
    ? (await import('./cli/client.ts')).runClient
    : (await import('./cli/index.ts')).runCommandLine;
  process.exitCode = await run(process.argv);
} finally {
  beginning?.endUnused();
}

/** A setting as the command line gives it, or else the environment. */
function given(name: string): string | undefined {
  const option = `--${name}`;
  const at = process.argv.findIndex((word) => word === option || word.startsWith(`${option}=`));
  const word = process.argv[at];
  const value = word === option ? process.argv[at + 1] : word?.slice(option.length + 1);
  return value ?? process.env[`LATCHKEY_${name.toUpperCase()}`];
}
