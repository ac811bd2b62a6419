import { git } from '../measure/git-client.ts';

/** Tips of branches and tags, newest commit first, each commit once. */
export async function tipsOf(repository: string): Promise<{ readonly name: string; readonly id: string }[]> {
  const text = await git([
    '-C',
    repository,
    'for-each-ref',
    '--sort=-creatordate',
    '--format=%(objectname) %(refname:lstrip=2)',
    'refs/heads',
    'refs/tags',
  ]);
  const seen = new Set<string>();
  return text.split('\n').flatMap((line) => {
    const [id = '', name = ''] = line.split(' ');
    if (seen.has(id)) return [];
    seen.add(id);
    return [{ name, id }];
  });
}
