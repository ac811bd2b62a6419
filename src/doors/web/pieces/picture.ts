import { html } from '../html.ts';
import type { Html } from '../html.ts';

export interface PictureProps {
  /** Unique on the page. */
  readonly id: string;
  readonly title: string;
  /** What one sees, in a sentence: "Busiest on Tuesday with 412 requests; none at the weekend." */
  readonly description: string;
  readonly bars: readonly { readonly label: string; readonly value: number }[];
  /** What is counted, for the table's heading: "Requests". */
  readonly unit: string;
}

const width = 600;
const height = 120;

/** A bar chart, and its numbers in a table behind "Show numbers". Words stay outside the drawing, so that they never shrink with it. */
export function picture({ id, title, description, bars, unit }: PictureProps): Html {
  const most = Math.max(1, ...bars.map((bar) => bar.value));
  const step = width / Math.max(1, bars.length);
  const gap = Math.min(4, step / 4);
  return html`<figure class="picture"><figcaption><strong>${title}</strong><p class="quiet">${description}</p></figcaption>
<div class="picture-plot"><span class="picture-most">${most.toLocaleString('en')}</span><svg role="img" aria-labelledby="${id}-title ${id}-desc" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" width="100%" height="${height}"><title id="${id}-title">${title}</title><desc id="${id}-desc">${description}</desc>
<path class="picture-grid" d="M0 .5H${width}M0 ${height / 2}H${width}M0 ${height - 0.5}H${width}"/>${bars.map(
    (bar, index) => {
      const tall = bar.value === 0 ? 0 : Math.max(2, (bar.value / most) * height);
      return html`<rect class="picture-bar" x="${round(index * step + gap / 2)}" y="${round(height - tall)}" width="${round(step - gap)}" height="${round(tall)}"><title>${bar.label}: ${bar.value.toLocaleString('en')}</title></rect>`;
    },
  )}</svg></div><div class="picture-ends" aria-hidden="true"><span>${bars[0]?.label}</span><span>${bars.length > 1 && bars.at(-1)?.label}</span></div>
<details class="picture-numbers"><summary>Show numbers</summary><table class="table"><caption class="hidden-words">${title}</caption><thead><tr><th scope="col">When</th><th scope="col" class="end">${unit}</th></tr></thead><tbody>${bars.map(
    (bar) =>
      html`<tr><th scope="row">${bar.label}</th><td class="end" data-label="${unit}">${bar.value.toLocaleString('en')}</td></tr>`,
  )}</tbody></table></details></figure>`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
