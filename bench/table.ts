import { isMet, type Bar, type Row, type Unit } from './row.ts';

/** Three digits that say something: `12,345`, `12.3`, `0.0123`. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

const measured = (value: number, unit: Unit): string => `${figure(value)} ${unit}`;

const SIGNS: Readonly<Record<Bar['is'], string>> = { 'at least': '≥', 'at most': '≤', below: '<' };

const barOf = ({ bar, ratio, unit }: Row): string =>
  bar === undefined ? '–' : `${SIGNS[bar.is]} ${figure(bar.limit)}${ratio === undefined ? ` ${unit}` : ' ×'}`;

function ratioOf({ ratio, range, unit }: Row): string {
  if (ratio !== undefined)
    return `**${figure(ratio.ratio)} ×** (${figure(ratio.low)} to ${figure(ratio.high)})`;
  return range === undefined ? '–' : `(${figure(range[0])} to ${figure(range[1])} ${unit})`;
}

const verdictOf = (row: Row): string => {
  const met = isMet(row);
  return met === undefined ? '–' : met ? 'yes' : '**no**';
};

const HEAD = ['Work', 'Repository', 'Latchkey', 'Against', 'Ratio (spread)', 'Bar', 'Met', 'From'];

/** The table in Markdown. */
export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => [
    `${row.work}: ${row.measure}`,
    row.repository,
    measured(row.ours, row.unit),
    row.against === undefined ? '–' : `${row.against.name}: ${measured(row.against.value, row.unit)}`,
    ratioOf(row),
    barOf(row),
    verdictOf(row),
    row.rounds,
  ]);
  return [HEAD, HEAD.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
