/**
 * Makes a bare repository to measure and test with: the same arguments always give the same commits.
 *
 *     node bench/generate-repository.ts --out DIR [--commits 50000] [--refs 5000] [--megabytes 200] [--seed 1]
 *
 * History is text edited line by line, so that packs hold real delta chains, with a merged side branch every 25 commits;
 * incompressible assets, spread over the history, bring the pack to its size. The result is repacked, with a bitmap, a
 * commit-graph and packed references, which is the state to name beside a measurement.
 */
import { spawn } from 'node:child_process';
import { createCipheriv, createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { parseArgs } from 'node:util';

interface Plan {
  readonly out: string;
  readonly commits: number;
  readonly refs: number;
  readonly megabytes: number;
  readonly seed: number;
}

const textFiles = 1600;
const linesPerFile = 120;
const assetBytes = 400_000;
/** How many assets there are at a time: new ones take the places of old ones, so that a shallow clone is mostly text. */
const liveAssets = 5;
/** What a commit without assets adds to the pack, as measured: its own bytes, its trees and its deltas. */
const packedBytesPerCommit = 845;
/** What the first version of every text file adds to the pack, as measured. */
const packedBytesOfText = 900_000;
const commitsPerMerge = 25;
const sideCommits = 4;
/** Side branches edit the files from here on and the main line the others, so that no merge has a conflict. */
const sideStart = Math.floor(textFiles * 0.9);

const words =
  'branch commit delta index object pack reference remote server stream token access allow bound check close count door error fetch gate grant handle host issue key label limit list merge name open owner path push quota read record refuse reply request revoke role row rule scope secret serve session size state store table target test time tree user value verify view wiki work write'.split(
    ' ',
  );

/** mulberry32: small and fast, and the same on every machine. */
function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Writes the whole history in the format of `git fast-import`, waiting whenever Git has not read what was written. */
async function writeHistory(input: Writable, plan: Plan): Promise<void> {
  const random = seeded(plan.seed);
  const key = createHash('sha256').update(`assets ${plan.seed}`).digest();
  const noise = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  const line = () => {
    const picked = Array.from({ length: 5 + random(6) }, () => words[random(words.length)]);
    return `${'  '.repeat(random(3))}${picked.join(' ')} ${random(10_000)}`;
  };
  const files = Array.from({ length: textFiles }, (_, index) => ({
    path: `source/${words[index % 20]}/${words[20 + (index % 30)]}/file-${index}.txt`,
    lines: Array.from({ length: linesPerFile }, line),
  }));

  const text = plan.commits * packedBytesPerCommit + packedBytesOfText;
  const assets = Math.max(0, Math.round((plan.megabytes * 1e6 - text) / assetBytes));
  const write = async (chunk: string | Buffer) => {
    if (!input.write(chunk)) await once(input, 'drain');
  };
  const modify = async (path: string, content: Buffer) => {
    await write(`M 100644 inline ${path}\ndata ${content.length}\n`);
    await write(content);
    await write('\n');
  };

  await write('feature done\n');
  const touched = new Set<string>();
  let side = 0;
  let assetsWritten = 0;
  for (let number = 1; number <= plan.commits; number++) {
    const place = number % commitsPerMerge;
    const merges = side > 0 && place === 0;
    const willMerge = number - place + commitsPerMerge <= plan.commits;
    const onSide = number > 1 && place > 0 && place <= sideCommits && willMerge;
    const message = `${words[random(words.length)]} ${words[random(words.length)]} ${number}\n\n${line()}\n`;
    const when = 1_500_000_000 + number * 600;
    const person = `Author ${number % 40} <author${number % 40}@example.org> ${when} +0000`;
    await write(
      `commit refs/heads/${onSide ? 'side' : 'main'}\nmark :${number}\nauthor ${person}\ncommitter ${person}\n` +
        `data ${Buffer.byteLength(message)}\n${message}`,
    );
    if (onSide && place === 1) await write(`from :${number - 1}\n`);
    if (merges) await write(`merge :${side}\n`);
    if (onSide) side = number;

    const edits = number === 1 ? files : pickFiles(onSide);
    for (const file of edits) {
      if (number > 1) edit(file.lines);
      await modify(file.path, Buffer.from(`${file.lines.join('\n')}\n`));
    }
    if (merges) for (const file of files.slice(sideStart)) await modifyIfTouched(file);
    while (!onSide && assetsWritten < Math.round((assets * number) / plan.commits)) {
      const path = `assets/image-${assetsWritten % liveAssets}.bin`;
      assetsWritten++;
      await modify(path, noise.update(Buffer.alloc(assetBytes)));
    }
    if (number % 5000 === 0) process.stderr.write(`${number} of ${plan.commits} commits written\n`);
  }
  // A reset to nothing removes the reference that the side commits were written on.
  if (side > 0) await write(`reset refs/heads/side\nfrom ${'0'.repeat(40)}\n\n`);
  await writeReferences(write, plan);
  await write('done\n');
  input.end();

  function pickFiles(onSide: boolean): typeof files {
    const count = 1 + random(2);
    return Array.from({ length: count }, () => {
      const index = onSide ? sideStart + random(textFiles - sideStart) : random(sideStart);
      const file = files[index]!;
      if (onSide) touched.add(file.path);
      return file;
    });
  }

  async function modifyIfTouched(file: (typeof files)[number]): Promise<void> {
    if (touched.delete(file.path)) await modify(file.path, Buffer.from(`${file.lines.join('\n')}\n`));
  }

  function edit(lines: string[]): void {
    for (let count = 1 + random(3); count > 0; count--) {
      const at = random(lines.length);
      const kind = random(10);
      if (kind < 6 || lines.length < linesPerFile / 2) lines[at] = line();
      else if (kind < 8 && lines.length < linesPerFile * 2) lines.splice(at, 0, line());
      else lines.splice(at, 1);
    }
  }
}

/** Spreads branches (four of five) and lightweight tags evenly over the history; `main` is one of the `refs`. */
async function writeReferences(write: (chunk: string) => Promise<void>, plan: Plan): Promise<void> {
  for (let index = 2; index <= plan.refs; index++) {
    const commit = Math.max(1, Math.floor((plan.commits * index) / plan.refs));
    const name = index % 5 === 0 ? `tags/v${index}` : `heads/topic/${index % 50}/change-${index}`;
    await write(`reset refs/${name}\nfrom :${commit}\n\n`);
  }
}

async function git(args: readonly string[], feed?: (input: Writable) => Promise<void>): Promise<void> {
  const child = spawn('git', args, { stdio: [feed ? 'pipe' : 'ignore', 'ignore', 'inherit'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const failed = ended.then((code) => {
    if (code !== 0) throw new Error(`git ${args.join(' ')} ended with code ${code}.`);
  });
  const fed = feed && child.stdin ? feed(child.stdin) : Promise.resolve();
  await Promise.all([failed, fed]);
}

function packedMegabytes(repository: string): number {
  const folder = join(repository, 'objects/pack');
  const sizes = readdirSync(folder).map((name) =>
    name.endsWith('.pack') ? statSync(join(folder, name)).size : 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0) / 1e6;
}

async function generate(plan: Plan): Promise<void> {
  if (existsSync(plan.out)) throw new Error(`${plan.out} exists already; name a folder that does not.`);
  const started = Date.now();
  const say = (what: string) =>
    process.stderr.write(`${((Date.now() - started) / 1000).toFixed(0)} s: ${what}\n`);
  await git(['init', '--quiet', '--bare', '--initial-branch=main', plan.out]);
  const at = ['-C', plan.out];
  // Assets above this size are stored whole: looking for deltas in noise costs minutes and finds none.
  await git([...at, 'config', 'core.bigFileThreshold', '256k']);
  await git([...at, 'fast-import', '--quiet'], (input) => writeHistory(input, plan));
  say(`imported, ${packedMegabytes(plan.out).toFixed(0)} MB; packing`);
  await git([...at, 'pack-refs', '--all']);
  await git([...at, 'repack', '-a', '-d', '-f', '-q', '--window=20', '--write-bitmap-index']);
  await git([...at, 'commit-graph', 'write', '--reachable', '--no-progress']);
  say(
    `${plan.commits} commits, ${plan.refs} references, ${packedMegabytes(plan.out).toFixed(1)} MB packed in ${plan.out}`,
  );
}

function planFromArguments(): Plan {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      commits: { type: 'string', default: '50000' },
      refs: { type: 'string', default: '5000' },
      megabytes: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
    },
  });
  if (!values.out) throw new Error('Say where the repository shall stand: --out DIR');
  const whole = (name: 'commits' | 'refs' | 'megabytes' | 'seed') => {
    const number = Number(values[name]);
    if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} takes a whole number from 1.`);
    return number;
  };
  return {
    out: values.out,
    commits: whole('commits'),
    refs: whole('refs'),
    megabytes: whole('megabytes'),
    seed: whole('seed'),
  };
}

try {
  await generate(planFromArguments());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
