import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createRepository } from '../../../src/git/create.ts';
import { writingHandle, type WritableRepositoryHandle } from '../../../src/git/handle.ts';
import { runGitChecked } from '../../../src/git/process.ts';
import type { ObjectFormat } from '../../../src/git/object-id.ts';
import type { Chance } from './chance.ts';

/** Objects of every type, packed, to be copied below the refs of generated repositories. */
export interface Objects {
  readonly format: ObjectFormat;
  readonly path: string;
  readonly commits: readonly string[];
  /** Id of the tag → what it leads to in the end. */
  readonly tags: ReadonlyMap<string, string>;
  readonly others: readonly string[];
}

const NOBODY = 'Nobody <nobody@example.org> 1700000000 +0000';

export async function makeObjects(folder: string, format: ObjectFormat): Promise<Objects> {
  const path = join(folder, `${format}.git`);
  await createRepository(path, { format });
  const write = async (type: string, text: string) =>
    (await runGitChecked({ path }, ['hash-object', '-w', '-t', type, '--stdin'], { input: text }))
      .toString()
      .trim();
  const tree = await write('tree', '');
  const blob = await write('blob', 'blob\n');
  const commits: string[] = [];
  for (let index = 0; index < 6; index += 1) {
    const parent = index === 0 ? '' : `parent ${commits[index - 1] ?? ''}\n`;
    commits.push(
      await write('commit', `tree ${tree}\n${parent}author ${NOBODY}\ncommitter ${NOBODY}\n\n${index}\n`),
    );
  }
  const tags = new Map<string, string>();
  const tag = async (object: string, type: string, leadsTo: string) => {
    const text = `object ${object}\ntype ${type}\ntag t${tags.size}\ntagger ${NOBODY}\n\n${tags.size}\n`;
    const id = await write('tag', text);
    tags.set(id, leadsTo);
    return id;
  };
  const [first = '', second = ''] = commits;
  const inner = await tag(first, 'commit', first);
  await tag(await tag(inner, 'tag', first), 'tag', first);
  await tag(second, 'commit', second);
  await tag(tree, 'tree', tree);
  await tag(blob, 'blob', blob);
  return { format, path, commits, tags, others: [tree, blob] };
}

export interface Generated {
  readonly handle: WritableRepositoryHandle;
  readonly names: readonly string[];
  remove(): Promise<void>;
}

const GOOD = [
  'refs/heads/main',
  'refs/heads/a',
  'refs/heads/a-b',
  'refs/heads/a.b',
  'refs/heads/feature/x',
  'refs/heads/feature/y/z',
  'refs/heads/feature-x',
  'refs/heads/HEAD',
  'refs/heads/@',
  'refs/heads/\xc3\xa9t\xc3\xa9',
  'refs/heads/\xff\xfe',
  'refs/heads/+plus',
  'refs/heads/ZZZ',
  'refs/heads/-dash',
  'refs/heads/lock',
  'refs/tags/v1',
  'refs/tags/v1.0',
  'refs/tags/v1-rc',
  'refs/tags/nested/tag',
  'refs/notes/commits',
  'refs/pull/1/head',
  'refs/remotes/origin/main',
  'refs/replace/0000',
  'refs/stash',
  `refs/heads/${'long'.repeat(50)}`,
];
const BAD = [
  'refs/heads/bad name',
  'refs/heads/x..y',
  'refs/heads/end.',
  'refs/heads/star*',
  'refs/heads/tilde~1',
];
/** Not looked at by Git. */
const IGNORED = ['refs/heads/main.lock', 'refs/heads/.hidden', 'refs/tags/.tmp'];

export async function generate(objects: Objects, chance: Chance): Promise<Generated> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-wire-'));
  const path = join(folder, 'repository.git');
  await cp(objects.path, path, { recursive: true });
  const handle = writingHandle('test', 'repository', path);
  const odd = chance.oneIn(6);
  const ids = [...objects.commits, ...objects.tags.keys(), ...objects.others];
  const missing = objects.commits.map((id) => `${id.slice(0, -4)}beef`);
  const anyId = () => (odd && chance.oneIn(8) ? chance.pick(missing) : chance.pick(ids));
  const names = chance.some(GOOD, chance.next());
  const packed = new Map(chance.some(names, 0.6).map((name) => [name, anyId()]));
  const loose = new Map<string, string>();
  for (const name of names.filter((each) => !packed.has(each) || chance.oneIn(4))) {
    const text = chance.oneIn(8) ? `ref: ${chance.pick(GOOD)}` : anyId();
    loose.set(name, odd && chance.oneIn(4) ? oddText(chance, text) : `${text}\n`);
  }
  if (chance.oneIn(3)) for (const name of IGNORED) loose.set(name, 'nothing\n');
  if (odd && chance.oneIn(3)) loose.set(chance.pick(BAD), `${anyId()}\n`);
  for (const [name, text] of loose) await writeBytes(path, name, text);
  if (chance.oneIn(5)) await mkdir(join(path, 'refs/heads/empty/folder'), { recursive: true });
  if (packed.size > 0 || chance.oneIn(4)) {
    await writeBytes(path, 'packed-refs', packedText({ objects, packed, chance, odd }));
  }
  await writeFile(join(path, 'HEAD'), headText(objects, names, chance, odd));
  if (odd) await disturb(path, chance);
  return { handle, names, remove: () => rm(folder, { recursive: true, force: true }) };
}

async function writeBytes(path: string, name: string, text: string): Promise<void> {
  const file = Buffer.concat([Buffer.from(`${path}/`), Buffer.from(name, 'latin1')]);
  await mkdir(Buffer.from(dirname(file.toString('latin1')), 'latin1'), { recursive: true });
  await writeFile(file, Buffer.from(text, 'latin1'));
}

const oddText = (chance: Chance, text: string): string =>
  chance.pick([
    '',
    '\n',
    text,
    `${text} \n`,
    `${text}\r\n`,
    `${text.toUpperCase()}\n`,
    `${text.slice(0, 20)}\n`,
    `${text.replace(/[0-9a-f]/g, '0')}\n`,
    'ref:refs/heads/main\n',
    'ref: HEAD\n',
    'ref: refs/heads/..\n',
    '\0\0\0',
  ]);

function headText(
  { commits, tags }: Objects,
  names: readonly string[],
  chance: Chance,
  odd: boolean,
): string {
  const target = names.length > 0 && !chance.oneIn(5) ? chance.pick(names) : 'refs/heads/unborn';
  if (odd && chance.oneIn(3))
    return chance.pick(['', 'ref: refs/heads/\n', 'garbage\n', `ref:  ${target}\n`, 'ref: x\n']);
  return chance.pick([
    `ref: ${target}\n`,
    `ref: ${target}\n`,
    `ref: ${target}\n`,
    `ref: ${target}`,
    `${chance.pick(commits)}\n`,
    `${chance.pick([...tags.keys()])}\n`,
  ]);
}

function packedText(input: {
  readonly objects: Objects;
  readonly packed: ReadonlyMap<string, string>;
  readonly chance: Chance;
  readonly odd: boolean;
}): string {
  const { objects, packed, chance, odd } = input;
  const header = chance.pick([
    '# pack-refs with: peeled fully-peeled sorted \n',
    '# pack-refs with: peeled fully-peeled sorted \n',
    '# pack-refs with: peeled sorted \n',
    '# pack-refs with: peeled \n',
    '# pack-refs with: sorted \n',
    '',
    ...(odd ? ['# pack-refs\n', '# something else\n'] : []),
  ]);
  let entries = [...packed].sort(([a], [b]) => (a < b ? -1 : 1));
  if (!header.includes('sorted') && chance.oneIn(2)) entries = entries.toReversed();
  if (odd && chance.oneIn(6)) entries = entries.toReversed();
  const lines = entries.map(([name, id]) => {
    const leadsTo = objects.tags.get(id);
    const isSaid = leadsTo !== undefined && (header.includes('fully-peeled') || chance.oneIn(2));
    return `${id} ${name}\n${isSaid && !(odd && chance.oneIn(3)) ? `^${leadsTo}\n` : ''}`;
  });
  const text = header + lines.join('');
  return odd && chance.oneIn(6) ? text.slice(0, chance.below(text.length + 1)) : text;
}

/** What we do not read ourselves, now and then. */
async function disturb(path: string, chance: Chance): Promise<void> {
  const config = join(path, 'config');
  switch (chance.below(9)) {
    case 0:
      return writeFile(config, '[transfer]\n\thideRefs = refs/tags\n', { flag: 'a' });
    case 1:
      return writeFile(config, '[uploadpack]\n\thideRefs = refs/heads/a\n\tallowTipSHA1InWant = true\n', {
        flag: 'a',
      });
    case 2:
      return writeFile(config, '[lsrefs]\n\tunborn = ignore\n', { flag: 'a' });
    case 3:
      return writeFile(join(path, 'objects/info/alternates'), `${path}/objects\n`);
    case 4:
      return symlink('refs/heads/main', join(path, 'refs/heads/link')).catch(() => {});
    case 5:
      return writeFile(config, '[gc]\n\tpruneExpire = now\n[pack]\n\tthreads = 1\n', { flag: 'a' });
    case 6:
      return rm(join(path, chance.pick(['HEAD', 'refs', 'objects', 'config'])), { recursive: true });
    default:
      return undefined;
  }
}
