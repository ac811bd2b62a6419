import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Problem } from '../problem.ts';

/** What is kept of one account at one host. */
export interface Kept {
  /** `https://git.example.com`. */
  readonly host: string;
  readonly username: string;
  readonly password: string;
  /** Seconds since 1970; absent for what Git handed over. */
  readonly issued_utc?: number;
  /** Seconds since 1970, as Git counts; absent for what does not expire. */
  readonly password_expiry_utc?: number;
  readonly oauth_refresh_token?: string;
}

const LOCK_PATIENCE_MS = 60_000;
const LOCK_STEP_MS = 100;
/** Taking over a lock takes some milliseconds; who has been at it for longer has died there. */
const TAKING_OVER_MS = 10_000;
/** For as long, a lock that names nobody may be about to. */
const WRITING_MS = 5_000;

/** `~/.config/latchkey/credentials.json`, or below `XDG_CONFIG_HOME`. */
export function keeperPath(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const own = environment['XDG_CONFIG_HOME'];
  return join(
    own === undefined || own === '' ? join(homedir(), '.config') : own,
    'latchkey',
    'credentials.json',
  );
}

/** What is kept, last made first. Throws `Problem` when others can read the file, or we cannot. */
export async function readKept(path: string): Promise<readonly Kept[]> {
  let text: string;
  try {
    const { mode } = await stat(path);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw new Problem('conflict', `Others on this machine can read ${path}. Run: chmod 600 ${path}`);
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  const kept = keptIn(text);
  if (kept === undefined)
    throw new Problem(
      'conflict',
      `${path} is not as latchkey wrote it. Move it away, and sign in again with latchkey login.`,
    );
  return kept;
}

/** Changes what is kept, in one piece: whoever reads finds it as it was before or after, and two changes wait for each other. */
export async function changeKept<Result>(
  path: string,
  change: (kept: readonly Kept[]) => Promise<{ readonly kept: readonly Kept[]; readonly result: Result }>,
): Promise<Result> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const unlock = await lock(`${path}.lock`);
  try {
    const before = await readKept(path);
    const { kept, result } = await change(before);
    if (kept !== before) await replace(path, `${JSON.stringify({ credentials: kept }, null, 2)}\n`);
    return result;
  } finally {
    await unlock();
  }
}

async function replace(path: string, text: string): Promise<void> {
  const next = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(next, text, { mode: 0o600, flag: 'wx', flush: true });
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}

/** Takes a lock that is a file with our process id; that of a process which has ended is taken over. */
async function lock(path: string): Promise<() => Promise<void>> {
  for (let waited = 0; waited < LOCK_PATIENCE_MS; waited += LOCK_STEP_MS) {
    if (await take(path)) return () => rm(path, { force: true });
    if (!(await removeAbandoned(path))) await setTimeout(LOCK_STEP_MS);
  }
  throw new Problem('unavailable', `Another latchkey holds ${path}. If none runs, remove that file.`);
}

/**
 * False where another has it. Written beside and linked into place, so that whoever ends in between leaves none that names
 * nobody; where the file system has no links to files, it is written in place.
 */
async function take(path: string): Promise<boolean> {
  const beside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(beside, String(process.pid), { mode: 0o600, flag: 'wx' });
    await link(beside, path).catch(async (error: unknown) => {
      if (!hasNoLinks(error)) throw error;
      await writeFile(path, String(process.pid), { mode: 0o600, flag: 'wx' });
    });
    return true;
  } catch (error) {
    if (isThere(error)) return false;
    throw error;
  } finally {
    await rm(beside, { force: true });
  }
}

/** As exFAT, some network and shared folders, and Android say it. */
const hasNoLinks = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  ['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(String(error.code));

const isThere = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EEXIST';

/**
 * Removes a lock whose holder has ended; false where there is none, or somebody else does that now. One at a time, for who
 * saw it and removes it later may remove the lock of the next one.
 */
async function removeAbandoned(path: string): Promise<boolean> {
  if (!(await isAbandoned(path))) return false;
  const mark = `${path}.taken-over`;
  try {
    await writeFile(mark, '', { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!isThere(error)) throw error;
    const begun = await stat(mark).catch(() => undefined);
    if (begun !== undefined && Date.now() - begun.mtimeMs > TAKING_OVER_MS) await rm(mark, { force: true });
    return false;
  }
  try {
    const isStill = await isAbandoned(path);
    if (isStill) await rm(path, { force: true });
    return isStill;
  } finally {
    await rm(mark, { force: true });
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  const holder = Number(text);
  // After a power cut a file can be there without what was written into it; or it is being written.
  if (!Number.isSafeInteger(holder) || holder <= 0) {
    const begun = await stat(path).catch(() => undefined);
    return begun !== undefined && Date.now() - begun.mtimeMs > WRITING_MS;
  }
  try {
    process.kill(holder, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

function keptIn(text: string): readonly Kept[] | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || !('credentials' in parsed)) return undefined;
    const { credentials } = parsed;
    return Array.isArray(credentials) && credentials.every(isKept) ? credentials : undefined;
  } catch {
    return undefined;
  }
}

function isKept(value: unknown): value is Kept {
  if (typeof value !== 'object' || value === null) return false;
  const entry: Readonly<Record<string, unknown>> = { ...value };
  const { issued_utc: issued, password_expiry_utc: expiry, oauth_refresh_token: refreshToken } = entry;
  return (
    ['host', 'username', 'password'].every((name) => typeof entry[name] === 'string') &&
    [issued, expiry].every((moment) => moment === undefined || Number.isSafeInteger(moment)) &&
    (refreshToken === undefined || typeof refreshToken === 'string')
  );
}
