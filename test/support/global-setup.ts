import { createServer } from 'node:net';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { build } from '../../scripts/build.ts';
import { guard } from './guardian.ts';
import { startPostgres, type PostgresServer } from './postgres-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The database that `startServer()` takes where a test does not say. */
    database: 'sqlite' | 'postgres';
    /** A Unix socket that answers each connection with one line of JSON, a `PostgresAnswer`, and starts PostgreSQL for the first. */
    postgresSocket: string;
    /** A folder for what test files share; it goes with the run. */
    runFolder: string;
  }
}

export type PostgresAnswer = { readonly url: string } | { readonly absent: string };

/** One PostgreSQL for the whole run, started when the first test file asks: a run of unit tests never waits for it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // What people run is what is tested.
  await build();
  const guardian = await guard('tests');
  const socket = join(guardian.folder, 'postgres.sock');
  let server: Promise<PostgresServer> | undefined;
  const listener = createServer((connection) => {
    connection.on('error', () => {});
    server ??= startPostgres();
    server
      .then(
        ({ url }): PostgresAnswer => ({ url }),
        (error: Error): PostgresAnswer => ({ absent: error.message }),
      )
      .then((answer) => connection.end(`${JSON.stringify(answer)}\n`))
      .catch(() => connection.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(socket, resolve);
  });
  project.provide('postgresSocket', socket);
  project.provide('runFolder', guardian.folder);
  return async () => {
    await new Promise((resolve) => listener.close(resolve));
    await server?.then(
      (running) => running.stop(),
      () => {},
    );
    await guardian.end();
  };
}
