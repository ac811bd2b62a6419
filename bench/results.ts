import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machine, measuredCommit } from './machine.ts';
import { PARTS, type PartName } from './parts/index.ts';
import { cacheFolder } from './repositories/cache.ts';
import type { Row } from './row.ts';
import { tableOf } from './table.ts';

interface Measured {
  readonly rows: readonly Row[];
  readonly commit: string;
  /** Such as 2026-11-25. */
  readonly date: string;
  readonly command: string;
}

type Results = Partial<Record<PartName, Measured>>;

const store = join(cacheFolder, 'results.json');
const page = fileURLToPath(new URL('../docs/performance.md', import.meta.url));

/** Keeps what a part gave, so that parts can be run one at a time and the page still has all of them. */
export function keep(part: PartName, rows: readonly Row[], command: string): void {
  const results: Results = kept();
  results[part] = { rows, commit: measuredCommit(), date: new Date().toISOString().slice(0, 10), command };
  mkdirSync(cacheFolder, { recursive: true });
  writeFileSync(store, JSON.stringify(results));
}

const kept = (): Results => (existsSync(store) ? (JSON.parse(readFileSync(store, 'utf8')) as Results) : {});

const MARKS = /(<!-- measured -->\n)[\s\S]*?(<!-- \/measured -->)/;

/** Writes the machine, the commands and the tables of all parts into docs/performance.md, between its marks. */
export function writePage(): void {
  const results = kept();
  const parts = (Object.keys(PARTS) as PartName[]).flatMap((name) => {
    const measured = results[name];
    if (measured === undefined || measured.rows.length === 0) return [];
    const from = `\`${measured.command}\`, commit ${measured.commit}, ${measured.date}`;
    return [`### ${name}\n\n${from}\n\n${tableOf(measured.rows)}\n`];
  });
  const text = [
    machine()
      .map((line) => `- ${line}`)
      .join('\n'),
    ...parts,
  ].join('\n\n');
  const before = readFileSync(page, 'utf8');
  if (!MARKS.test(before)) throw new Error('docs/performance.md has lost its marks "<!-- measured -->".');
  writeFileSync(
    page,
    before.replace(MARKS, (_, open: string, close: string) => `${open}${text}\n${close}`),
  );
}
