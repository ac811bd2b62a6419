import { existsSync } from 'node:fs';
import { Problem } from '../problem.ts';

/** `git@host:path`, as Git takes it beside its URLs; not a helper (`ext::`), and not a URL. */
const SSH_ADDRESS = /^((?:[^\s@/:]+@)?(?:\[[\da-f:.]+\]|[^\s@/:]+)):(?!:|\/\/)(.+)$/i;
/** A URL that lacks a slash, or a drive. */
const NO_HOST = /^(?:file|git|https?|ssh|[a-z]):[/\\]/i;

/** What stands behind `--import`. Throws `Problem` for what the import would look for as a folder of that name. */
export function placeToImportFrom(typed: string): string {
  if (typed.trim() === '')
    throw new Problem('invalid', 'Name behind --import what to import: a folder on this machine, or a URL.');
  const [, host, path = ''] = SSH_ADDRESS.exec(typed) ?? [];
  if (host === undefined || NO_HOST.test(typed) || existsSync(typed)) return typed;
  // A path that begins with neither is looked for at home; Git hosts take it from the root as well.
  const urls = /^[/~]/.test(path)
    ? `ssh://${host}/${path.replace(/^\//, '')}`
    : `ssh://${host}/${path}, or ssh://${host}/~/${path} where it lies in the home folder of that user`;
  throw new Problem('invalid', `Write the address to import from as a URL: ${urls}.`);
}
