import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeBound, type HeldBound } from '../../src/gate/index.ts';
import { createRepository } from '../../src/git/create.ts';
import { writingHandle } from '../../src/git/handle.ts';
import { runGitChecked } from '../../src/git/process.ts';
import { inspectByGit, inspectByReading } from '../../src/push/inspect.ts';

/**
 * Pushes of generated histories, judged by reading and by Git's walk: what the first allows the second must not refuse,
 * and the ordinary ones must not be left to Git.
 */

let root: string;
let count = 0;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'latchkey-line-'));
  await createRepository(join(root, 'empty.git'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Change {
  /** One character for each byte. */
  readonly path: string;
  readonly to: 'gone' | '100644' | '100755' | '120000' | '160000';
  readonly content: number;
}

interface MadeCommit {
  readonly committer: string;
  readonly changes: readonly Change[];
  /** 0: on top of the last; 1: a merge of the old tip's first commit; 2: starts from the old tip anew; 3: a root. */
  readonly kind: 0 | 1 | 2 | 3;
}

// A file where another time a folder is, names of other bytes, and two of which one begins as the other.
const PATHS = [
  'docs/a',
  'docs/b',
  'docs/b/c',
  'docs/d/e/f',
  'docs',
  'docsx',
  'src/x',
  'src',
  'docs/\n/q',
  'docs/\xff\xfe/r',
  'docs/secret',
  '\xc3\xa4/docs',
];
const COMMITTERS = [
  'Ada <ada@example.org>',
  'Ada <ADA@example.org>',
  'Bob <bob@example.org>',
  '<ada@example.org>',
  'J\xf6rg <j\xf6rg@example.org>',
];

const change = fc.record<Change>({
  path: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('docs/a', 'docs/b', 'docs/d/e/f', 'docs/g') },
    fc.constantFrom(...PATHS),
  ),
  to: fc.constantFrom('100644', '100644', 'gone', '100755', '120000', '160000'),
  content: fc.nat(3),
});
const made = fc.record<MadeCommit>({
  committer: fc.oneof(
    { weight: 4, arbitrary: fc.constant('Ada <ada@example.org>') },
    fc.constantFrom(...COMMITTERS),
  ),
  changes: fc.array(change, { minLength: 0, maxLength: 4 }),
  kind: fc.oneof(
    { weight: 8, arbitrary: fc.constant(0 as const) },
    fc.constantFrom(1 as const, 2 as const, 3 as const),
  ),
});
const push = fc.record({
  old: fc.array(made, { minLength: 1, maxLength: 4 }),
  added: fc.array(made, { minLength: 0, maxLength: 5 }),
  loose: fc.boolean(),
  repack: fc.boolean(),
  bound: fc.constantFrom('docs', 'not secret', 'author', 'both', 'refs', 'all'),
});

const BOUNDS: Readonly<Record<string, readonly (readonly [string, object])[]>> = {
  docs: [['paths', { allow: ['docs/**'], deny: [] }]],
  'not secret': [['paths', { allow: [], deny: ['**/secret*', 'src', 'src/**'] }]],
  author: [['author', {}]],
  both: [
    ['paths', { allow: ['docs/**', 'docs'], deny: ['**/secret'] }],
    ['author', {}],
  ],
  refs: [['refs', { allow: [{ pattern: 'refs/heads/**', changes: ['fast-forward'] }], deny: [] }]],
  all: [
    ['paths', { allow: ['docs/**'], deny: [] }],
    ['author', {}],
    ['refs', { allow: [{ pattern: 'refs/heads/**', changes: ['fast-forward'] }], deny: [] }],
  ],
};
const boundsOf = (name: string): HeldBound[] =>
  (BOUNDS[name] ?? []).map(([kind, value]) => decodeBound(kind as 'paths', value));

const quoted = (path: string): string =>
  `"${path.replace(/[^\w./-]/g, (each) => `\\${each.charCodeAt(0).toString(8).padStart(3, '0')}`)}"`;

/** As input of `git fast-import`; every commit a second after the one before. */
function stream(
  branch: string,
  commits: readonly MadeCommit[],
  tip: string | null,
  first: string | null,
): Buffer {
  const lines: string[] = [];
  for (const [index, { committer, changes, kind }] of commits.entries()) {
    const mark = index === 0 ? tip : `refs/heads/${branch}`;
    if (kind === 3 && index > 0) lines.push(`reset refs/heads/${branch}\n`);
    lines.push(`commit refs/heads/${branch}\n`);
    lines.push(
      `author A <a@example.org> ${1_700_000_000 + index} +0000\ncommitter ${committer} ${1_700_000_000 + index} +0000\n`,
    );
    lines.push('data 2\nm\n');
    if (kind === 2 && tip !== null) lines.push(`from ${tip}\n`);
    else if (kind !== 3 && index === 0 && mark !== null) lines.push(`from ${mark}\n`);
    if (kind === 1 && first !== null) lines.push(`merge ${first}\n`);
    for (const { path, to, content } of changes) {
      if (to === 'gone') lines.push(`D ${quoted(path)}\n`);
      else if (to === '160000') lines.push(`M 160000 ${String(content).repeat(40)} ${quoted(path)}\n`);
      else lines.push(`M ${to} inline ${quoted(path)}\ndata 2\n${content}\n`);
    }
  }
  return Buffer.from(lines.join(''), 'latin1');
}

interface Pushed {
  readonly quarantine: { readonly handle: ReturnType<typeof writingHandle>; readonly path: string };
  readonly command: { readonly ref: string; readonly old: string; readonly new: string };
  remove(): void;
}

/** A repository with the old history, and the new one in a quarantine beside it, as a pack or loose. */
async function prepare(
  value: Pick<typeof push extends fc.Arbitrary<infer T> ? T : never, 'old' | 'added' | 'loose' | 'repack'>,
): Promise<Pushed> {
  count += 1;
  const folder = join(root, String(count));
  cpSync(join(root, 'empty.git'), folder, { recursive: true });
  const handle = writingHandle('test', 'repository', folder);
  const imports = (input: Buffer, limit: number, env: Record<string, string> = {}) =>
    runGitChecked(handle, ['-c', `fastimport.unpackLimit=${limit}`, 'fast-import', '--quiet', '--force'], {
      input,
      env,
    });
  const tipOf = (branch: string) => readFileSync(join(folder, 'refs/heads', branch), 'utf8').trim();
  await imports(stream('main', value.old.slice(0, 1), null, null), value.repack ? 1 : 1000);
  const first = tipOf('main');
  if (value.old.length > 1) await imports(stream('main', value.old.slice(1), first, null), 1);
  const old = tipOf('main');
  // What no branch leads to any more stays: new commits may be on top of it.
  if (value.repack) await runGitChecked(handle, ['repack', '-Adfq', '--depth=50']);
  const quarantine = join(folder, 'objects', 'incoming-1');
  mkdirSync(quarantine);
  let tip = old;
  if (value.added.length > 0) {
    await imports(stream('added', value.added, old, first), value.loose ? 1000 : 1, {
      GIT_OBJECT_DIRECTORY: quarantine,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: join(folder, 'objects'),
    });
    tip = tipOf('added');
    rmSync(join(folder, 'refs/heads/added'));
  }
  return {
    quarantine: { handle, path: quarantine },
    command: { ref: 'refs/heads/main', old, new: tip },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const confined = (bounds: readonly HeldBound[]) => ({
  credentialId: 'c',
  email: 'ada@example.org',
  bounds,
  restrictions: [],
  by: 'push' as const,
});

describe('a push judged by reading', () => {
  it('is never allowed where the walk of Git refuses it, and where it is one allowed line it needs no Git', async () => {
    const seen = { allowed: 0, refused: 0, left: 0 };
    await fc.assert(
      fc.asyncProperty(push, async (value) => {
        const { quarantine, command, remove } = await prepare(value);
        try {
          const confines = confined(boundsOf(value.bound));
          const byGit = await inspectByGit(quarantine, command, confines);
          const byReading = await inspectByReading(quarantine, command, confines);
          if (byReading !== undefined) expect(byReading).toEqual(byGit);
          const isLine =
            value.added.length > 0 &&
            value.added.every(({ kind }, index) => kind === 0 || (kind === 2 && index === 0));
          const isPlain = value.added.every(({ committer }) => !committer.includes('\xf6'));
          if (isLine && byGit.violation === null && isPlain) expect(byReading).toBeDefined();
          seen[byReading !== undefined ? 'allowed' : byGit.violation === null ? 'left' : 'refused'] += 1;
        } finally {
          remove();
        }
      }),
      { numRuns: Number(process.env['LATCHKEY_LINE_RUNS'] ?? 60) },
    );
    // None of the three is empty: the histories try what they are to try.
    for (const amount of Object.values(seen)) expect(amount).toBeGreaterThan(2);
    if (process.env['LATCHKEY_LINE_RUNS'] !== undefined) process.stdout.write(`${JSON.stringify(seen)}\n`);
  }, 3_600_000);

  describe('is left to Git', () => {
    const plain: MadeCommit = {
      committer: 'Ada <ada@example.org>',
      changes: [{ path: 'docs/a', to: '100644', content: 1 }],
      kind: 0,
    };
    const other = { ...plain, changes: [{ path: 'docs/a', to: '100644', content: 2 } as const] };
    const begin = () => prepare({ old: [plain], added: [other], loose: true, repack: false });

    /** Writes a commit as given over the new tip's tree, past all checks. */
    async function odd(pushed: Pushed, edit: (text: string) => string): Promise<Pushed> {
      const { handle, path } = pushed.quarantine;
      const env = { GIT_OBJECT_DIRECTORY: path, GIT_ALTERNATE_OBJECT_DIRECTORIES: `${handle.path}/objects` };
      const text = (
        await runGitChecked(handle, ['cat-file', 'commit', pushed.command.new], { env })
      ).toString('latin1');
      const id = await runGitChecked(
        handle,
        ['hash-object', '-w', '--literally', '-t', 'commit', '--stdin'],
        {
          env,
          input: Buffer.from(edit(text), 'latin1'),
        },
      );
      return { ...pushed, command: { ...pushed.command, new: id.toString().trim() } };
    }
    const reading = ({ quarantine, command }: Pushed) =>
      inspectByReading(quarantine, command, confined(boundsOf('both')));

    it('not when all is as Git writes it', async () => {
      expect(await reading(await begin())).toEqual({ change: 'update', violation: null });
    });

    it('with two committers, of which Git takes the last', async () => {
      const pushed = await odd(await begin(), (text) =>
        text.replace(/^(committer .*\n)/m, '$1committer Eve <eve@example.org> 1 +0000\n'),
      );
      expect(await reading(pushed)).toBeUndefined();
      const { violation } = await inspectByGit(
        pushed.quarantine,
        pushed.command,
        confined(boundsOf('author')),
      );
      expect(violation?.says).toContain('eve@example.org');
    });

    it.each([
      [
        'two committers of which the first is somebody else',
        (text: string) => text.replace(/^(committer .*\n)/m, 'committer Eve <eve@example.org> 1 +0000\n$1'),
      ],
      [
        'a committer that appears where another encoding is read',
        (text: string) =>
          // A plus sign begins another alphabet there.
          text
            .replaceAll('+', '-')
            .replace(
              /^committer (.*)\n/m,
              'committer Eve <eve@example.org> 1 -0000\nencoding UTF-7\nnote x+AAo-committer $1\n',
            ),
      ],
    ])('with %s, and Git’s own walk refuses it as well', async (_what, edit) => {
      const pushed = await odd(await begin(), edit);
      expect(await reading(pushed)).toBeUndefined();
      const confines = confined(boundsOf('author'));
      const { violation } = await inspectByGit(pushed.quarantine, pushed.command, confines);
      expect(violation?.bound).toBe('author');
      expect(violation?.says).toContain('eve@example.org');
    });

    it('with two parents, one parent twice among them', async () => {
      expect(
        await reading(await odd(await begin(), (text) => text.replace(/^(parent .*\n)/m, '$1$1'))),
      ).toBeUndefined();
    });

    it('where parents are not what commits say: shallow, or by grafts', async () => {
      const shallow = await begin();
      writeFileSync(join(shallow.quarantine.handle.path, 'shallow'), `${shallow.command.new}\n`);
      expect(await reading(shallow)).toBeUndefined();
      const grafted = await begin();
      mkdirSync(join(grafted.quarantine.handle.path, 'info'), { recursive: true });
      writeFileSync(join(grafted.quarantine.handle.path, 'info/grafts'), '');
      expect(await reading(grafted)).toBeUndefined();
    });

    it('when an object is not what its name says', async () => {
      const pushed = await begin();
      const { path } = pushed.quarantine;
      const other = await odd(pushed, (text) => text.replace('m\n', 'n\n'));
      const file = (id: string) => join(path, id.slice(0, 2), id.slice(2));
      rmSync(file(pushed.command.new));
      cpSync(file(other.command.new), file(pushed.command.new));
      expect(await reading(pushed)).toBeUndefined();
    });

    it('when the tip is a tag, or the old one is missing', async () => {
      const pushed = await begin();
      const { handle } = pushed.quarantine;
      await runGitChecked(
        handle,
        ['-c', 'user.name=a', '-c', 'user.email=a@b', 'tag', '-am', 'x', 'v', 'main'],
        {
          env: { GIT_COMMITTER_DATE: '1700000000 +0000' },
        },
      );
      const tag = readFileSync(join(handle.path, 'refs/tags/v'), 'utf8').trim();
      expect(await reading({ ...pushed, command: { ...pushed.command, new: tag } })).toBeUndefined();
      expect(
        await reading({ ...pushed, command: { ...pushed.command, old: 'a'.repeat(40) } }),
      ).toBeUndefined();
    });
  });
});
