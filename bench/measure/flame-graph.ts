import { fileURLToPath } from 'node:url';
import { bundledFrom } from './bundled.ts';
import type { CpuProfile } from './cpu-profile.ts';

interface Frame {
  readonly name: string;
  readonly place: string;
  /** Microseconds, with all that it called. */
  time: number;
  readonly called: Map<string, Frame>;
}

const root = new URL('../..', import.meta.url).href;
const WIDTH = 1200;
const ROW = 17;
const HEAD = 46;
const FOOT = 30;
/** What is narrower is left out. */
const LEAST_PIXELS = 1;
const LETTER_PIXELS = 6.2;

/** Where a function stands, without anything of this machine. */
const placeOf = (url: string, line: number): string => {
  const inBundle = url.startsWith(`${root}dist/`) ? bundledFrom(url, line) : undefined;
  const path = inBundle ?? (url.startsWith(root) ? url.slice(root.length) : url);
  const inside = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
  if (inside !== undefined) return inside;
  if (path.startsWith('file:')) return fileURLToPath(path).split('/').at(-1) ?? '';
  return path;
};

const KINDS = [
  { name: 'Latchkey', color: '#d9822b', holds: (place: string) => place.startsWith('src/') },
  { name: 'Node', color: '#4c8a5c', holds: (place: string) => place.startsWith('node:') },
  { name: 'packages', color: '#5b7fb5', holds: (place: string) => place !== '' },
  { name: 'V8, system calls, garbage collection', color: '#8a8a8a', holds: () => true },
] as const;

/** What runs when nothing is to be done is left out. */
const IDLE = new Set(['(idle)', '(program)']);

function treeOf(profile: CpuProfile): Frame {
  const own = new Map<number, number>();
  for (const [index, id] of profile.samples.entries()) {
    own.set(id, (own.get(id) ?? 0) + (profile.timeDeltas[index] ?? 0));
  }
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const add = (into: Frame, id: number): number => {
    const node = nodes.get(id);
    if (node === undefined || IDLE.has(node.callFrame.functionName)) return 0;
    const name = node.callFrame.functionName || '(anonymous)';
    const { url, lineNumber } = node.callFrame;
    const place = placeOf(url, lineNumber);
    const key = `${name} ${place}`;
    const frame = into.called.get(key) ?? { name, place, time: 0, called: new Map() };
    into.called.set(key, frame);
    const time =
      (own.get(id) ?? 0) + (node.children ?? []).reduce((sum, child) => sum + add(frame, child), 0);
    frame.time += time;
    return time;
  };
  const all: Frame = { name: 'all', place: '', time: 0, called: new Map() };
  for (const child of nodes.get(profile.nodes[0]?.id ?? 0)?.children ?? []) all.time += add(all, child);
  return all;
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A flame graph as SVG: each frame as wide as the processor time in it, callers above what they call, widest first. */
export function flameGraph(profile: CpuProfile, title: string): string {
  const all = treeOf(profile);
  const bars: string[] = [];
  let depth = 0;
  const draw = (frame: Frame, x: number, level: number): void => {
    const width = (frame.time / all.time) * WIDTH;
    if (width < LEAST_PIXELS) return;
    depth = Math.max(depth, level);
    const y = HEAD + level * ROW;
    const share = `${((100 * frame.time) / all.time).toFixed(1)} %`;
    const color = KINDS.find(({ holds }) => holds(frame.place))?.color ?? '';
    const letters = Math.floor((width - 6) / LETTER_PIXELS);
    const label = letters < 3 ? '' : frame.name.slice(0, letters);
    bars.push(
      `<g><title>${escaped(`${frame.name} ${frame.place}, ${share}`)}</title><rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(0.5, width - 0.5).toFixed(1)}" height="${ROW - 1}" fill="${color}"/>${label === '' ? '' : `<text x="${(x + 3).toFixed(1)}" y="${y + 12}">${escaped(label)}</text>`}</g>`,
    );
    let next = x;
    for (const child of [...frame.called.values()].toSorted((a, b) => b.time - a.time)) {
      draw(child, next, level + 1);
      next += (child.time / all.time) * WIDTH;
    }
  };
  draw(all, 0, 0);
  const height = HEAD + (depth + 1) * ROW + FOOT;
  const legend = KINDS.map(
    ({ name, color }, index) =>
      `<rect x="${10 + index * 190}" y="${height - 20}" width="11" height="11" fill="${color}"/><text class="dark" x="${26 + index * 190}" y="${height - 10}">${name}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    '<style>text{font:11px ui-monospace,monospace;fill:#fff;pointer-events:none}.dark{fill:#222}.title{font:bold 14px sans-serif;fill:#222}</style>',
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text class="title" x="10" y="22">${escaped(title)}</text>`,
    `<text class="dark" x="10" y="38">${(all.time / 1e6).toFixed(2)} s of processor time of the process; a frame is as wide as its share</text>`,
    ...bars,
    ...legend,
    '</svg>\n',
  ].join('\n');
}
