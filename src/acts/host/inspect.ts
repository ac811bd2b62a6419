import { access } from 'node:fs/promises';
import { runGit } from '../../git/process.ts';
import { inspectConnectivity, inspectFolder } from '../../git/inspect.ts';
import { readUpkeep, shapeOf } from '../../git/upkeep/index.ts';
import { digestKeyVersionsInUse } from '../../credentials/index.ts';
import type { Grant } from '../../gate/index.ts';
import { everyRepository } from '../../hosting/index.ts';
import type { Services } from '../../services.ts';
import { shapeInWords, upkeepInWords } from '../repositories/shape-in-words.ts';
import { inspectModes } from './inspect-modes.ts';
import { unknownRepositories } from './unknown-repositories.ts';

export interface Finding {
  readonly part: 'data folder' | 'database' | 'secrets' | 'git' | 'repository';
  readonly name: string;
  readonly healthy: boolean;
  readonly says: string;
}

/** Once may be chance, such as a full disk. */
const FAILED_TOO_OFTEN = 3;

/** The oldest Git in which everything works that is used here. */
const OLDEST_GIT = [2, 39];

/**
 * Checks the database, the system's Git and every repository; yields a finding for each as soon as it is known. `whole`
 * reads every history, which takes minutes on a large host.
 */
export async function* inspectHost(
  services: Services,
  grant: Grant<'host.inspect'>,
  depth: 'quick' | 'whole',
): AsyncGenerator<Finding> {
  yield await inspectFolders(services);
  yield await inspectModes(services.folder);
  const repositories = await everyRepository(services.database);
  yield {
    part: 'database',
    name: 'rows',
    healthy: true,
    says: `can be read and is up to date; ${repositories.length} repositories`,
  };
  yield await inspectKeys(services);
  yield await inspectGit(services);
  for (const { id, workspace, slug, deletedAt } of repositories) {
    const path = services.storage.pathOf(id, 'repository');
    const { healthy, problems } = await (depth === 'whole' ? inspectConnectivity(path) : inspectFolder(path));
    const upkeep = await readUpkeep(path);
    const isTended = upkeep.failures < FAILED_TOO_OFTEN;
    const inOrder = `in order; ${shapeInWords(await shapeOf(path))}; ${upkeepInWords(upkeep)}`;
    yield {
      part: 'repository',
      name: `${workspace.slug}/${slug}${deletedAt === null ? '' : ' (deleted)'}`,
      healthy: healthy && isTended,
      says: !healthy ? problems.join(' ') : isTended ? inOrder : upkeepInWords(upkeep),
    };
  }
  yield* inspectUnknown(services, grant);
}

/** Repositories on the disk that may be somebody's, and that nobody reaches. */
async function* inspectUnknown(services: Services, grant: Grant<'host.inspect'>): AsyncGenerator<Finding> {
  for (const { id, path, isOurs, isSettled } of await unknownRepositories(services, grant)) {
    if (isOurs) continue;
    yield {
      part: 'repository',
      name: id,
      healthy: false,
      says: isSettled
        ? `lies at ${path} and the database does not know it: is this the database of this data folder, and not an older state of it? Nothing removes it; if nobody needs it, remove the folder`
        : `lies at ${path}, since less than an hour, and the database does not know it: it is being made at this moment, or this is not the database of this data folder, or an older state of it`,
    };
  }
}

async function inspectFolders(services: Services): Promise<Finding> {
  try {
    await access(services.storage.root, 7);
    return {
      part: 'data folder',
      name: services.storage.root,
      healthy: true,
      says: 'can be read and written',
    };
  } catch {
    return {
      part: 'data folder',
      name: services.storage.root,
      healthy: false,
      says: 'cannot be read and written by this user',
    };
  }
}

async function inspectKeys(services: Services): Promise<Finding> {
  const { versions } = services.keys;
  const inUse = await digestKeyVersionsInUse(services.database, services.clock());
  const missing = inUse.filter((version) => !versions.includes(version));
  const healthy = missing.length === 0;
  return {
    part: 'secrets',
    name: 'digest keys',
    healthy,
    says: healthy
      ? 'none is missing that a credential which has not ended was digested under; whether they are the right ones, one request with a credential tells'
      : `digest-key-${missing.join(', digest-key-')} is missing from the secrets folder, and credentials made under it do not work: restore it from a backup`,
  };
}

async function inspectGit(services: Services): Promise<Finding> {
  const { stdout, code } = await runGit(services.storage.root, ['version']);
  const version = /(\d+)\.(\d+)[.\d]*/.exec(stdout.toString());
  const [major = 0, minor = 0] = (version ?? []).slice(1).map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_GIT;
  const healthy = code === 0 && (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor));
  return {
    part: 'git',
    name: version?.[0] ?? 'missing',
    healthy,
    says: healthy ? 'is new enough' : `Git ${OLDEST_GIT.join('.')} or newer is needed`,
  };
}
