import type { Handle } from '../store/handle.ts';

/** Writes when credentials were last used; a time that is older than the one written is left alone. */
export async function touchCredentials(db: Handle, lastUsed: ReadonlyMap<string, number>): Promise<void> {
  for (const [id, at] of lastUsed) {
    await db
      .updateTable('credential')
      .set({ last_used_at: at })
      .where('id', '=', id)
      .where((where) => where.or([where('last_used_at', 'is', null), where('last_used_at', '<', at)]))
      .execute();
  }
}
