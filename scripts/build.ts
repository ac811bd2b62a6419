/**
 * Bundles src/ and what it is built with into dist/, unless dist/ is of exactly these files already. A start from a few
 * files takes a third of the time and of the memory of one from nine hundred.
 *
 *     npm run build        (also part of `npm install`, `npm start` and `npm test`)
 */
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OutputChunk } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const STAMP = 'made-of';

/**
 * The files that processes begin with. Each has all that it needs to itself, in as few files as can be: of code that two
 * share, a part in a file of its own would have to be made for each set of modules that both need, which is fifty.
 */
const ENTRIES = { main: 'src/main.ts', worker: 'src/worker.ts' } as const;

/** What is read beside the code, by what its name is there. */
const FILES = {
  assets: 'src/doors/web/assets',
  'common-passwords.txt': 'src/accounts/common-passwords.txt',
  'helper.mjs': 'src/git/start/helper.mjs',
} as const;

export async function build(): Promise<void> {
  const madeOf = digestOfSources();
  if (existsSync(join(dist, STAMP)) && readFileSync(join(dist, STAMP), 'utf8') === madeOf) return;
  // Loaded here: it takes longer than to see that nothing is to be done.
  const { rolldown } = await import('rolldown');
  // Beside it, so that nobody ever starts from one half made.
  const folder = join(root, `dist.${process.pid}`);
  try {
    const chunks: OutputChunk[] = [];
    for (const [name, input] of Object.entries(ENTRIES)) {
      const bundle = await rolldown({
        cwd: root,
        input: { [name]: input },
        platform: 'node',
        // Compiled parts that packages can do without, and do: they are never installed.
        external: [/\.node$/, 'cpu-features', 'pg-native'],
        // ssh2 has code that asks where it lies, as files of CommonJS do.
        transform: { define: { __dirname: 'import.meta.dirname' } },
      });
      const { output } = await bundle.write({
        dir: folder,
        entryFileNames: '[name].js',
        chunkFileNames: `${name}-[name].js`,
      });
      await bundle.close();
      chunks.push(...output.filter((file) => file.type === 'chunk'));
    }
    for (const [name, from] of Object.entries(FILES))
      cpSync(join(root, from), join(folder, name), { recursive: true });
    for (const { fileName, code } of chunks) writeFileSync(join(folder, fileName), inAscii(code));
    const modules = chunks.flatMap(({ moduleIds }) => moduleIds);
    writeFileSync(join(folder, 'licences.txt'), licencesOf(modules));
    writeFileSync(join(folder, STAMP), madeOf);
    rmSync(dist, { recursive: true, force: true });
    renameSync(folder, dist);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The same code in ASCII alone, which is read faster and held in one byte a character. Throws where that would change it:
 * behind a backslash, or in a template whose raw text counts.
 */
function inAscii(code: string): string {
  const [changed] = /\\[^\0-\x7f]|\braw`[^`]*[^\0-\x7f][^`]*`/.exec(code) ?? [];
  if (changed !== undefined) throw new Error(`This cannot be said in ASCII: ${changed}`);
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What the packages ask to be kept with every copy of them. */
function licencesOf(modules: readonly string[]): string {
  const packages = new Set(
    modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id)?.[0] ?? []),
  );
  return [...packages]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        readonly name: string;
        readonly version: string;
        readonly license?: string;
      };
      const texts = readdirSync(folder)
        .filter((file) => /^(?:licen[cs]e|copying|notice)/i.test(file))
        .map((file) => readFileSync(join(folder, file), 'utf8').trim());
      return [`${name} ${version}${license === undefined ? '' : ` (${license})`}`, ...texts].join('\n\n');
    })
    .join(`\n\n${'-'.repeat(80)}\n\n`);
}

function digestOfSources(): string {
  const hash = createHash('sha256');
  const names = globSync(['src/**/*', 'scripts/build.ts', 'package-lock.json'], {
    cwd: root,
    withFileTypes: true,
  })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const name of names.sort()) hash.update(name.slice(root.length)).update(readFileSync(name));
  return hash.digest('hex');
}

if (import.meta.main) await build();
