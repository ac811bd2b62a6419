import { PostgresDialect, type Dialect } from 'kysely';
import type { CustomTypesConfig } from 'pg';

const INT8 = 20;

/** The one character that PostgreSQL cannot hold. No name of ours contains it, so what is asked for by such a name is not found. */
const storable = (value: unknown): unknown =>
  typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value;

/**
 * Kysely over `pg`. Eight-byte integers arrive as numbers: all of ours are times in milliseconds and counts, far below
 * 2^53.
 *
 * @param connections how many this process opens at most
 */
export async function postgresDialect(url: string, connections: number): Promise<Dialect> {
  // Loaded here, because with SQLite nobody needs it.
  const { default: pg } = await import('pg');
  const types: CustomTypesConfig = {
    getTypeParser: (oid, format) =>
      oid === INT8 ? (text: string) => Number(text) : pg.types.getTypeParser(oid, format),
  };
  const pool = new pg.Pool({ connectionString: url, max: connections, types, application_name: 'latchkey' });
  // Without a listener the loss of an idle connection would end the process; the next query reports it.
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    const query = client.query.bind(client);
    const safely = (text: string, values?: unknown[]) => query(text, values?.map(storable));
    client.query = safely as typeof client.query;
  });
  return new PostgresDialect({ pool });
}
