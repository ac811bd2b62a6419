import { setTimeout as delay } from 'node:timers/promises';
import { lockMaintenance } from '../lock.ts';

const LOOK_EVERY_MS = 200;

/** Waits until no other process maintains repositories; the server and verbs take turns. Returns how to end it. */
export async function maintenanceTurn(folder: string, signal?: AbortSignal): Promise<() => void> {
  for (;;) {
    signal?.throwIfAborted();
    const unlock = lockMaintenance(folder);
    if (unlock !== undefined) return unlock;
    await delay(LOOK_EVERY_MS);
  }
}
