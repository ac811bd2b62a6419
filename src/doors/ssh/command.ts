import type { TargetReference } from '../../gate/index.ts';
import { NO_WIKI_LFS } from '../shared/git-sentences.ts';

/** What an SSH client asks to run, as a request of Git. Nothing of it ever reaches a shell, or Git's command line. */

export type Service = 'git-upload-pack' | 'git-receive-pack' | 'git-upload-archive';

export interface GitCommand {
  readonly service: Service;
  readonly isWiki: boolean;
  readonly target: TargetReference & { readonly type: 'repository' };
}

/** A conversation about files of Git LFS, which goes one way. */
export interface LfsCommand {
  readonly service: 'git-lfs-transfer';
  readonly way: 'upload' | 'download';
  readonly target: TargetReference & { readonly type: 'repository' };
}

/** Why a command is none of ours, in one sentence for its sender. */
export interface NoCommand {
  readonly says: string;
}

const LONGEST = 4096;
const SERVICES: readonly string[] = ['upload-pack', 'receive-pack', 'upload-archive'];
/**
 * As Git clients write it: the service, which some configure by its path, a blank, and the path of the repository. Git puts
 * that into single quotes, with an apostrophe or exclamation mark of its own outside them, and some leave it bare.
 */
const COMMAND =
  /^ *(?:[^\s'"\\]*\/)?git[- ](?<service>[a-z-]+) +(?:(?<quoted>'[^'\\]*'(?:\\['!]'[^'\\]*')*)|"(?<double>[^"\\$`]*)"|(?<bare>[^\s'"\\]+)) *$/;
/** As git-lfs writes it, with the path as it stands in the address; `git-lfs-authenticate` is of clients before 3.0. */
const LFS =
  /^git-lfs-(?<service>transfer|authenticate) +(?:'(?<quoted>[^'\\]+)'|(?<bare>[^\s'"\\]+)) +(?<way>\S+) *$/;
const OUTSIDE = /'\\(['!])'/g;
const PATH = /^\/*(?<workspace>[^/]+)\/(?<repository>[^/]+?)(?<git>\.git)?(?<wiki>\/wiki)?\/*$/;

const ONLY_GIT =
  'Shell access is disabled here: only git-upload-pack, git-receive-pack and git-upload-archive can be run, which Git does by itself.';
const OLD_LFS =
  'Files of Git LFS are transferred over SSH by git-lfs 3.0 and newer; with an older one name the address over HTTPS: git config lfs.url https://…/WORKSPACE/REPOSITORY.git/info/lfs';
const WRONG_PATH =
  'This is not the address of a repository: write ssh://…/WORKSPACE/REPOSITORY.git, and /wiki behind it for its wiki.';

/** Reads the command of an exec request. Whether there is such a repository is not known here. */
export function readCommand(text: string): GitCommand | LfsCommand | NoCommand {
  if (text.length > LONGEST || /\p{Cc}/u.test(text)) return { says: ONLY_GIT };
  if (text.startsWith('git-lfs-')) return readLfsCommand(text);
  const { service, quoted, double, bare } = COMMAND.exec(text)?.groups ?? {};
  if (service === undefined || !SERVICES.includes(service)) return { says: ONLY_GIT };
  const path = quoted?.slice(1, -1).replace(OUTSIDE, '$1') ?? double ?? bare ?? '';
  const named = readPath(path);
  if (named === undefined) return { says: WRONG_PATH };
  const { isWiki, target } = named;
  return { service: serviceNamed(service), isWiki, target };
}

function readLfsCommand(text: string): LfsCommand | NoCommand {
  const { service, quoted, bare, way } = LFS.exec(text)?.groups ?? {};
  if (way !== 'upload' && way !== 'download') return { says: ONLY_GIT };
  if (service !== 'transfer') return { says: OLD_LFS };
  const named = readPath(quoted ?? bare ?? '');
  if (named === undefined) return { says: WRONG_PATH };
  if (named.isWiki) return { says: NO_WIKI_LFS };
  return { service: 'git-lfs-transfer', way, target: named.target };
}

function readPath(path: string): Pick<GitCommand, 'isWiki' | 'target'> | undefined {
  const { workspace, repository, git, wiki } = PATH.exec(path)?.groups ?? {};
  if (workspace === undefined || repository === undefined || isDots(workspace) || isDots(repository))
    return undefined;
  // As over HTTPS, where without `.git` it is the address of a page.
  if (wiki !== undefined && git === undefined) return undefined;
  return { isWiki: wiki !== undefined, target: { type: 'repository', workspace, repository } };
}

const isDots = (name: string): boolean => name === '.' || name === '..';

function serviceNamed(name: string): Service {
  if (name === 'receive-pack') return 'git-receive-pack';
  return name === 'upload-archive' ? 'git-upload-archive' : 'git-upload-pack';
}
