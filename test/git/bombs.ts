import type { BuiltRepository } from './build-repository.ts';

const WIDTH = 100;

const lastLine = (output: string | Buffer): string => output.toString().trim();

/** The id of a commit of `levels` trees that name the one below a hundred times: 100 to that power of paths. */
export async function treeBomb(built: BuiltRepository, levels: number): Promise<string> {
  const blob = lastLine(await built.git(['hash-object', '-w', '--stdin'], 'boom'));
  let tree = '';
  for (let level = 0; level < levels; level++) {
    const what = level === 0 ? `100644 blob ${blob}` : `040000 tree ${tree}`;
    const lines = Array.from({ length: WIDTH }, (_, index) => `${what}\t${String(index).padStart(4, '0')}\n`);
    tree = lastLine(await built.git(['mktree'], lines.join('')));
  }
  return commitOf(built, tree);
}

/** The id of a commit of one file, so many folders deep. */
export async function deepTree(built: BuiltRepository, depth: number): Promise<string> {
  const blob = lastLine(await built.git(['hash-object', '-w', '--stdin'], 'deep'));
  const path = `${'d/'.repeat(depth)}f`;
  await built.git(
    ['fast-import', '--quiet', '--force'],
    `commit refs/heads/deep\ncommitter D <d@example.org> 1700000000 +0000\ndata 0\nM 100644 ${blob} ${path}\n`,
  );
  return built.id('deep');
}

const commitOf = async (built: BuiltRepository, tree: string): Promise<string> =>
  lastLine(
    await built.git([
      '-c',
      'user.name=B',
      '-c',
      'user.email=b@example.org',
      'commit-tree',
      '-m',
      'Boom',
      tree,
    ]),
  );
