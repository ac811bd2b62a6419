import type { Handle } from '../store/handle.ts';
import { DEVICE_MS } from './devices.ts';

/** Codes and devices that ended are kept for a day, so that a late reuse still raises its alarm. */
const KEPT_MS = 24 * 3600_000;

/** Removes codes and devices that can no longer be used or reused with any meaning. */
export async function removeEndedRequests(db: Handle, now: number): Promise<void> {
  const before = now - KEPT_MS - DEVICE_MS;
  await db.deleteFrom('oauth_code').where('expires_at', '<', before).execute();
  await db.deleteFrom('oauth_device').where('expires_at', '<', before).execute();
}
