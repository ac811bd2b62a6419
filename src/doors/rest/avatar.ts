import { createHash } from 'node:crypto';

const CELLS = 5;
const CELL = 16;

/** A picture of 5 × 5 cells, mirrored, drawn from the id alone: it tells nothing that the id does not tell. */
export function avatarSvg(id: string): string {
  const digest = createHash('sha256').update(id).digest();
  const hue = Math.round(((digest[0] ?? 0) / 255) * 360);
  const cells: string[] = [];
  for (let column = 0; column < Math.ceil(CELLS / 2); column += 1) {
    for (let row = 0; row < CELLS; row += 1) {
      if (((digest[1 + column * CELLS + row] ?? 0) & 1) === 0) continue;
      for (const x of new Set([column, CELLS - 1 - column])) {
        cells.push(
          `<rect x="${(x + 0.5) * CELL}" y="${(row + 0.5) * CELL}" width="${CELL}" height="${CELL}"/>`,
        );
      }
    }
  }
  const side = (CELLS + 1) * CELL;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" width="128" height="128"><rect width="${side}" height="${side}" fill="hsl(${hue} 40% 92%)"/><g fill="hsl(${hue} 45% 40%)">${cells.join('')}</g></svg>`;
}
