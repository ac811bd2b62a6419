import type { Handle } from '../store/handle.ts';
import { prepared } from '../store/prepared.ts';

const touch = prepared((db, at: number, id: string) =>
  db
    .updateTable('credential')
    .set({ last_used_at: at })
    .where('id', '=', id)
    .where((where) => where.or([where('last_used_at', 'is', null), where('last_used_at', '<', at)])),
);

/** Writes when credentials were last used; a time that is older than the one written is left alone. Wants a transaction. */
export async function touchCredentials(
  db: Handle,
  lastUsed: readonly (readonly [id: string, at: number])[],
): Promise<void> {
  for (const [id, at] of lastUsed) await touch(db, at, id);
}
