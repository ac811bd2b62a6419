import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ObjectReader } from '../../../src/git/object-reader.ts';
import { gitEnd, runGit, type GitChild } from '../../../src/git/process.ts';
import { advertiseReceivePack } from '../../../src/git/receive-pack.ts';
import { RefKeeper } from '../../../src/git/snapshot/keeper.ts';
import { advertiseUploadPack, startUploadPack } from '../../../src/git/upload-pack.ts';
import { GitWords } from '../../../src/git/wire/index.ts';
import { InstalledGit } from '../../../src/git/wire/installed-git.ts';
import { KeptSpoken } from '../../../src/git/wire/kept-spoken.ts';
import { readRequest } from '../../../src/git/wire/request.ts';
import { Chance } from './chance.ts';
import { generate, makeObjects, type Generated, type Objects } from './generated-repository.ts';
import { generateRequest } from './generated-request.ts';

/** Comparisons with the installed Git; thousands with `LATCHKEY_DIFFERENTIAL=5000 npx vitest run test/git/wire`. */
const CASES = Number(process.env['LATCHKEY_DIFFERENTIAL'] ?? 350);
const SEED = Number(process.env['LATCHKEY_SEED'] ?? 20_261_125);
const { signal } = new AbortController();

let folder: string;
let objects: readonly Objects[];
let reader: ObjectReader;
let words: GitWords;
const learned: unknown[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-wire-'));
  objects = [await makeObjects(folder, 'sha1'), await makeObjects(folder, 'sha256')];
  reader = new ObjectReader();
  words = new GitWords(
    new RefKeeper(reader),
    new InstalledGit(new KeptSpoken(join(folder, 'kept'), 'main.ts'), (error) => learned.push(error)),
  );
});

afterAll(async () => {
  reader.close();
  await rm(folder, { recursive: true, force: true });
});

/** What Git says; null where it fails. */
async function said(child: GitChild, input?: Buffer): Promise<Buffer | null> {
  if (input !== undefined) child.stdin.end(input);
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) chunks.push(chunk);
  const { code } = await gitEnd(child);
  return code === 0 ? Buffer.concat(chunks) : null;
}

interface Question {
  readonly what: string;
  readonly ours: () => Promise<Buffer | undefined>;
  readonly git: () => Promise<Buffer | null>;
}

function questions({ handle, names }: Generated, format: Objects['format'], chance: Chance): Question[] {
  const asked: Question[] = [
    {
      what: 'capabilities',
      ours: () => words.capabilities(handle),
      git: () => said(advertiseUploadPack(handle, { version: 2, signal })),
    },
  ];
  for (const version of [0, 1] as const) {
    asked.push(
      {
        what: `upload-pack ${version}`,
        ours: () => words.advertisement('git-upload-pack', handle, version),
        git: () => said(advertiseUploadPack(handle, { version, signal })),
      },
      {
        what: `receive-pack ${version}`,
        ours: () => words.advertisement('git-receive-pack', handle, version),
        git: () => said(advertiseReceivePack(handle, { version, signal })),
      },
    );
  }
  for (let count = 0; count < 6; count += 1) {
    const bytes = generateRequest(format, names, chance);
    asked.push({
      what: JSON.stringify(bytes.toString('latin1')),
      async ours() {
        const { request } = await readRequest(chunksOf(bytes, chance), 1024 * 1024);
        return request === undefined ? undefined : words.listRefs(handle, request);
      },
      git: () => said(startUploadPack(handle, { version: 2, signal }), bytes),
    });
  }
  return asked;
}

async function* chunksOf(bytes: Buffer, chance: Chance): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; ) {
    const end = start + 1 + chance.below(bytes.length);
    yield bytes.subarray(start, end);
    start = end;
  }
}

/** Changes refs as others do: an administrator's Git, or an editor. */
async function change(
  { handle, names }: Generated,
  { commits, tags }: Objects,
  chance: Chance,
): Promise<void> {
  const name = names.length > 0 && chance.oneIn(2) ? chance.pick(names) : 'refs/heads/new';
  const id = chance.pick([...commits, ...tags.keys()]);
  const text = Buffer.from(name, 'latin1').toString();
  if (text.includes('\ufffd')) return;
  const args = chance.pick([
    ['update-ref', text, id],
    ['update-ref', '-d', text],
    ['pack-refs', '--all'],
    ['pack-refs', '--all', '--no-prune'],
    ['symbolic-ref', 'HEAD', text.startsWith('refs/heads/') ? text : 'refs/heads/main'],
    ['symbolic-ref', 'refs/heads/alias', text],
    ['gc', '--quiet'],
  ]);
  await runGit(handle, args);
}

it(`says what the installed Git says, byte for byte, over ${CASES} generated repositories and requests`, async () => {
  const chance = new Chance(SEED);
  const counts = { compared: 0, ours: 0, refusedByGit: 0 };
  while (counts.compared < CASES) {
    const base = chance.oneIn(4) ? objects[1] : objects[0];
    if (base === undefined) throw new Error('No objects were made.');
    const generated = await generate(base, chance);
    try {
      for (let round = 0; round < 3; round += 1) {
        if (round > 0) await change(generated, base, chance);
        for (const { what, ours, git } of questions(generated, base.format, chance)) {
          const [answer, expected] = await Promise.all([ours(), git()]);
          counts.compared += 1;
          if (expected === null) counts.refusedByGit += 1;
          if (answer === undefined) continue;
          counts.ours += 1;
          expect(answer.toString('latin1'), `${generated.handle.path}: ${what}`).toBe(
            expected?.toString('latin1') ?? 'a failure of Git',
          );
        }
      }
    } finally {
      await generated.remove();
    }
  }
  expect(learned).toEqual([]);
  // Most are ours to answer, or nothing would have been compared.
  expect(counts.ours / counts.compared, JSON.stringify(counts)).toBeGreaterThan(0.6);
  process.stdout.write(`${JSON.stringify(counts)}, none different\n`);
}, 600_000);
