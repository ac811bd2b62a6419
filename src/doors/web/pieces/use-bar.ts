import { html } from '../html.ts';
import type { Html } from '../html.ts';

/** Thirty days as a picture the size of a word; `days` counts uses per day, oldest first. The numbers are in its name. */
export function useBar(days: readonly number[]): Html {
  const most = Math.max(1, ...days);
  const total = days.reduce((sum, each) => sum + each, 0);
  const active = days.filter((each) => each > 0).length;
  const words =
    total === 0
      ? `Not used in ${days.length} days`
      : `Used ${count(total, 'time')} in ${days.length} days, on ${count(active, 'day')}`;
  return html`<svg class="use-bar" role="img" aria-label="${words}" viewBox="0 0 ${days.length * 3} 16" width="${days.length * 3}" height="16"><title>${words}</title>${days.map(
    (uses, index) => {
      // The root lets a day with one use be seen beside a day with a thousand.
      const height = uses === 0 ? 1 : Math.max(3, Math.round(Math.sqrt(uses / most) * 16));
      return html`<rect class="${uses === 0 ? 'none' : 'some'}" x="${index * 3}" y="${16 - height}" width="2" height="${height}"/>`;
    },
  )}</svg>`;
}

function count(number: number, word: string): string {
  return `${number.toLocaleString('en')} ${word}${number === 1 ? '' : 's'}`;
}
