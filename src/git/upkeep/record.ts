import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { TASKS } from './plan.ts';

/** How a repository was last kept in shape. Times in milliseconds; 0 for never. */
const Upkeep = z.object({
  at: z.number(),
  /** When it was last packed as a whole. */
  wholeAt: z.number(),
  tookMs: z.number(),
  did: z.array(z.enum(TASKS)),
  /** How often in a row it failed, and why it did the last time; null where it did not. */
  failures: z.number(),
  failure: z.string().nullable(),
});
export type Upkeep = z.infer<typeof Upkeep>;

const NEVER: Upkeep = { at: 0, wholeAt: 0, tookMs: 0, did: [], failures: 0, failure: null };

const FILE = 'latchkey-upkeep.json';

/** A record that is damaged is as none: everything in it can be found out again. */
export async function readUpkeep(path: string): Promise<Upkeep> {
  try {
    return Upkeep.safeParse(JSON.parse(await readFile(join(path, FILE), 'utf8'))).data ?? NEVER;
  } catch {
    return NEVER;
  }
}

export async function writeUpkeep(path: string, upkeep: Upkeep): Promise<void> {
  const file = join(path, FILE);
  await writeFile(`${file}.new`, `${JSON.stringify(upkeep)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
