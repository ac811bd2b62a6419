import { existsSync } from 'node:fs';
import { lstat, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildRepository } from './create.ts';
import { GitOutputTooLarge } from './process-error.ts';
import { gitSettings, runGit, runGitChecked } from './process.ts';
import {
  branchPrefix,
  branchRef,
  isValidBranchName,
  isValidRefName,
  likeliestDefault,
  pushablePrefixes,
} from './ref-name.ts';
import { textOfRefBytes } from './ref-text.ts';
import type { ObjectFormat } from './object-id.ts';

/** Git repositories from elsewhere: branches, tags and notes, and nothing else of them (no hooks, no settings). */

export type ImportOptions = { readonly signal?: AbortSignal };

/** Where to import from cannot be used, or could not be read. The message names what to do and holds no secret. */
export class ImportRefused extends Error {
  override readonly name = 'ImportRefused';
}

type Source = {
  /** What Git is given: a path or a URL without user name and password. */
  readonly location: string;
  readonly env: Readonly<Record<string, string>>;
};

const fetchArguments = [
  'fetch',
  '--quiet',
  '--no-tags',
  '--no-write-fetch-head',
  '--no-auto-maintenance',
  '--no-show-forced-updates',
  // What a shallow source has would be left out without a word; taken along, it can be told.
  '--update-shallow',
];

const allowedSchemes: ReadonlySet<string> = new Set(['https:', 'http:', 'ssh:', 'git:']);

/**
 * Makes a repository at `path` with the history of another: a folder or bundle on this machine, or a URL (https, http,
 * ssh, git). A name and password in an https URL are used, and stand neither in an argument list nor in any file that stays.
 * @throws ImportRefused, RepositoryExists; nothing is left behind then
 */
export async function importRepository(
  path: string,
  from: string,
  options: ImportOptions = {},
): Promise<void> {
  const source = await parseSource(from);
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-import-'));
  try {
    // Git clears the settings we hand it from the environment of the upload-pack that it starts for a path, but not the
    // name of this file: without it a repository of another user is refused.
    const settings = join(folder, 'settings');
    await writeFile(settings, '[safe]\n\tdirectory = *\n');
    await importFrom(path, { ...source, env: { ...source.env, GIT_CONFIG_GLOBAL: settings } }, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function importFrom(path: string, source: Source, options: ImportOptions): Promise<void> {
  const { format, defaultBranch } = await inspectSource(source, options);
  const creation = { format, ...(defaultBranch === undefined ? {} : { defaultBranch }) };
  await buildRepository(path, creation, async (unfinished) => {
    const refspecs = pushablePrefixes.map((prefix) => `+${prefix}*:${prefix}*`);
    const args = [...fetchArguments, '--', source.location, ...refspecs];
    const { code, stderr } = await runGit(unfinished, args, { ...options, env: source.env });
    if (code !== 0) throw importRefused(stderr);
    if (existsSync(join(unfinished.path, 'shallow'))) throw new ImportRefused(SHALLOW);
    await nameHead(unfinished, branchRef(defaultBranch ?? 'main'), options);
    await runGitChecked(unfinished, ['pack-refs', '--all'], options);
    await runGitChecked(unfinished, ['repack', '-a', '-d', '-q', '--write-bitmap-index'], options);
    await runGitChecked(unfinished, ['commit-graph', 'write', '--reachable', '--no-progress'], options);
  });
}

/** A source whose HEAD names no branch that there is (it is detached, or the branch is gone) gets one by its branches. */
async function nameHead(
  place: { readonly path: string },
  head: string,
  options: ImportOptions,
): Promise<void> {
  const listed = await runGitChecked(place, ['for-each-ref', '--format=%(refname)', branchPrefix], options);
  const branches = textOfRefBytes(listed).split('\n').filter(isValidRefName);
  const likeliest = likeliestDefault(branches);
  if (likeliest === undefined || branches.includes(head)) return;
  await runGitChecked(place, ['symbolic-ref', 'HEAD', likeliest], options);
}

/** @throws ImportRefused */
async function parseSource(from: string): Promise<Source> {
  if (/[\x00-\x1f\x7f]/.test(from))
    throw new ImportRefused('The place to import from holds a control character.');
  if (/^[a-z][a-z0-9+.-]*::/i.test(from)) throw new ImportRefused(useInstead);
  const scheme = /^([a-z][a-z0-9+.-]*:)\/\//i.exec(from)?.[1]?.toLowerCase();
  if (scheme === undefined) return localSource(from);
  const url = URL.parse(from);
  if (!url) throw new ImportRefused('The URL to import from cannot be read; check its spelling.');
  if (scheme === 'file:') return localSource(pathOf(url));
  if (!allowedSchemes.has(scheme)) throw new ImportRefused(useInstead);
  const base = { GIT_ALLOW_PROTOCOL: 'https:http:ssh:git', GIT_SSH_COMMAND: 'ssh -o BatchMode=yes' };
  if (scheme === 'ssh:' || (url.username === '' && url.password === ''))
    return { location: url.href, env: base };
  const pair = userAndPassword(url);
  url.username = '';
  url.password = '';
  const header = `Authorization: Basic ${Buffer.from(pair).toString('base64')}`;
  return {
    location: url.href,
    env: { ...base, ...gitSettings({ [`http.${url.origin}/.extraHeader`]: header }) },
  };
}

const useInstead =
  'Import from a folder on this machine or from a URL that begins with https://, http://, ssh:// or git://.';

function userAndPassword({ username, password }: URL): string {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    throw new ImportRefused(
      'The user name or password in the URL to import from cannot be read: write a percent sign as %25.',
    );
  }
}

function pathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw new ImportRefused(`The URL to import from names no folder on this machine. ${useInstead}`);
  }
}

async function localSource(from: string): Promise<Source> {
  const location = resolve(from);
  try {
    await lstat(location);
  } catch {
    throw new ImportRefused(`There is nothing to import at ${location}. ${useInstead}`);
  }
  return { location, env: { GIT_ALLOW_PROTOCOL: 'file' } };
}

/** Git lists HEAD first, and there may be millions of refs behind it. */
const HEAD_AND_ONE_REF_BYTES = 64 * 1024;

/** Reads of HEAD and one ref: the default branch, and by the length of an id the object format. */
async function inspectSource(
  source: Source,
  options: ImportOptions,
): Promise<{ format: ObjectFormat; defaultBranch: string | undefined }> {
  const text = (await beginningOfRefs(source, options)).toString('utf8');
  const head = /^ref: (\S+)\tHEAD$/m.exec(text)?.[1];
  const branch = head?.startsWith(branchPrefix) ? head.slice(branchPrefix.length) : undefined;
  return {
    format: /^[0-9a-f]{64}\t/m.test(text) ? 'sha256' : 'sha1',
    defaultBranch: branch !== undefined && isValidBranchName(branch) ? branch : undefined,
  };
}

async function beginningOfRefs(source: Source, options: ImportOptions): Promise<Buffer> {
  try {
    const { stdout, stderr, code } = await runGit('/', ['ls-remote', '--symref', '--', source.location], {
      ...options,
      env: source.env,
      maxOutputBytes: HEAD_AND_ONE_REF_BYTES,
    });
    if (code !== 0) throw importRefused(stderr);
    return stdout;
  } catch (error) {
    if (error instanceof GitOutputTooLarge) return error.partial;
    throw error;
  }
}

const SHALLOW =
  'The repository to import from is shallow: it lacks older history. Run "git fetch --unshallow" in it first, or import from where it was cloned from.';
const PARTIAL =
  'The repository to import from lacks objects, as a partial clone does: import from where it was cloned from.';
const LACKS_OBJECTS = /from promisor remote|fatal: unable to read [0-9a-f]{40}/;

function importRefused(stderr: string): ImportRefused {
  if (LACKS_OBJECTS.test(stderr)) return new ImportRefused(PARTIAL);
  const line =
    stderr.split('\n').find((text) => /^(?:fatal|error|remote):(?! warning:)/.test(text)) ??
    'Git gave no reason.';
  return new ImportRefused(
    `The repository could not be imported. ${line.slice(0, 500).replace(/:\/\/[^/\s@]*@/g, '://')}`,
  );
}
