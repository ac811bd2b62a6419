import { shortened } from '../../shared/shortened.ts';
import { html, type Html } from '../html.ts';
import { notice } from '../pieces/index.ts';
import { plural } from '../repositories/words.ts';
import { visibleName } from '../visible.ts';

const MOST_SHOWN = 20;
/** In characters: a path may be a megabyte. */
const LONGEST_PATH = 200;

/** Which files both sides changed otherwise, and what to do about it; false for none. */
export const conflictNotice = (paths: readonly string[]): Html | false =>
  paths.length > 0 &&
  notice({
    kind: 'warning',
    title: 'There are conflicts',
    body: html`<p>Both branches changed ${paths.length === 1 ? 'this file' : 'these files'} in ways that do not fit together. Merge the destination into the source, settle them there, and push.</p><ul class="bare-list">${paths
      .slice(0, MOST_SHOWN)
      .map((path) => html`<li><code>${shortened(visibleName(path), LONGEST_PATH)}</code></li>`)}</ul>${
      paths.length > MOST_SHOWN && html`<p>And ${plural(paths.length - MOST_SHOWN, 'more file')}.</p>`
    }`,
  });
