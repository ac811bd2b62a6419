import type { RepositoryHandle } from './handle.ts';
import type { ObjectFormat } from './object-id.ts';
import { runGitChecked } from './process.ts';
import type { RefSource } from './refs.ts';

/** How a repository names its objects, whoever made it. */
export async function objectFormat(
  { refs }: Pick<RefSource, 'refs'>,
  handle: RepositoryHandle,
): Promise<ObjectFormat> {
  const known = refs.nature(handle);
  if (known !== undefined) return known;
  const said = (await runGitChecked(handle, ['rev-parse', '--show-object-format'])).toString().trim();
  return said === 'sha256' ? 'sha256' : 'sha1';
}
