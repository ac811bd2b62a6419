import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { machine, measuredCommit } from './machine.ts';
import { PARTS, type PartName } from './parts/index.ts';
import type { Row } from './row.ts';
import { tableOf } from './table.ts';

const page = fileURLToPath(new URL('../docs/performance.md', import.meta.url));
const MARKS = /(<!-- measured -->\n)([\s\S]*?)(<!-- \/measured -->)/;
const HEADING = /^### (.+)$/m;

/**
 * Writes what a part gave into docs/performance.md, between its marks, in place of what the page had of it, so that parts
 * can be run one at a time and the page still has all of them.
 */
export function writePart(part: PartName, rows: readonly Row[], command: string): void {
  const text = readFileSync(page, 'utf8');
  const written = MARKS.exec(text)?.[2];
  if (written === undefined) throw new Error('docs/performance.md has lost its marks "<!-- measured -->".');
  const sections = new Map(
    written.split(/(?=^### )/m).flatMap((section) => {
      const name = HEADING.exec(section)?.[1];
      return name === undefined ? [] : [[name, section.trim()] as const];
    }),
  );
  const from = `\`${command}\`, commit ${measuredCommit()}, ${new Date().toISOString().slice(0, 10)}`;
  sections.set(part, `### ${part}\n\n${from}; ${machine()}\n\n${tableOf(rows)}`);
  const all = Object.keys(PARTS).flatMap((name) => sections.get(name) ?? []);
  writeFileSync(
    page,
    text.replace(MARKS, (_, open: string, _old, close: string) => `${open}${all.join('\n\n\n')}\n\n${close}`),
  );
}
