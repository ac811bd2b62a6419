import { randomBytes } from 'node:crypto';
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { Client } from 'pg';
import { describe, inject } from 'vitest';
import { atEndOfFile } from './cleanup.ts';
import type { PostgresAnswer } from './global-setup.ts';

let asked: Promise<PostgresAnswer> | undefined;

/** Asks the runner's process, which starts PostgreSQL for the first who asks. */
function ask(): Promise<PostgresAnswer> {
  asked ??= text(createConnection(inject('postgresSocket'))).then(
    (line): PostgresAnswer => JSON.parse(line) as PostgresAnswer,
  );
  return asked;
}

/** Why there is no PostgreSQL to test on, as a sentence; undefined where there is one. Await it at the top of a test file. */
export async function postgresAbsence(): Promise<string | undefined> {
  const answer = await ask();
  return 'absent' in answer ? answer.absent : undefined;
}

/** `describe` on PostgreSQL: where there is none, the tests are reported as skipped and the suite's name says why. */
export async function describeOnPostgres(name: string, body: () => void): Promise<void> {
  const absence = await postgresAbsence();
  if (absence === undefined) describe(name, body);
  else describe.skip(`${name} (no PostgreSQL: ${absence})`, body);
}

export interface FreshDatabase {
  /** `postgres://postgres@127.0.0.1:PORT/NAME` */
  readonly url: string;
  /** Drops it now, whoever is connected; at the end of the test file it is dropped anyway. */
  drop(): Promise<void>;
}

/**
 * A new, empty database of the run's PostgreSQL. Throws where there is none: see `postgresAbsence`.
 * @param encoding as `CREATE DATABASE` takes it
 */
export async function freshDatabase(encoding = 'UTF8'): Promise<FreshDatabase> {
  const answer = await ask();
  if ('absent' in answer) throw new Error(`There is no PostgreSQL to test on: ${answer.absent}`);
  const name = `test_${randomBytes(8).toString('hex')}`;
  await maintain(answer.url, `CREATE DATABASE ${name} ENCODING '${encoding}' TEMPLATE template0`);
  const url = new URL(answer.url);
  url.pathname = `/${name}`;
  const drop = () => maintain(answer.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  atEndOfFile(drop);
  return { url: url.href, drop };
}

async function maintain(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
