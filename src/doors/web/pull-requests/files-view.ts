import { html, type Html, type Renderable } from '../html.ts';
import { hiddenFields, type BesideDiff, type DiffFile, type DiffLine } from '../pieces/index.ts';
import { threadView, type ShownThread, type ThreadContext } from './comments-view.ts';

/** What stands beside the changes of a pull request: what is said of its lines, and the way to say more. */
export function besideChanges(
  threads: readonly ShownThread[],
  context: ThreadContext,
): (file: DiffFile, index: number, shown: boolean) => BesideDiff {
  const ofFiles = Map.groupBy(threads, ({ root }) => root.place?.path ?? '');
  return (file, index, shown) => {
    const own = ofFiles.get(file.path) ?? [];
    const lines = shown ? new Set(file.hunks.flatMap((hunk) => hunk.lines.map(lineKey))) : new Set();
    const atLines = Map.groupBy(own, ({ root }) => placeKey(root.place));
    const elsewhere = own.filter(({ root }) => !lines.has(placeKey(root.place)));
    const form = `on-file-${index + 1}`;
    return {
      head: html`${context.mayComment && chooser(file, form, context)}${
        elsewhere.length > 0 &&
        html`<div class="said">${elsewhere.map((thread) => html`${outdated(thread)}${threadView(thread, context)}`)}</div>`
      }`,
      below: (line) => {
        const here = atLines.get(lineKey(line));
        return here && html`<div class="said">${here.map((thread) => threadView(thread, context))}</div>`;
      },
      lineForm: context.mayComment ? form : undefined,
    };
  };
}

/** Those of files that did not change, or do not any more. */
export const besideNoFile = (
  threads: readonly ShownThread[],
  files: readonly Pick<DiffFile, 'path'>[],
): readonly ShownThread[] => {
  const shown = new Set(files.map(({ path }) => path));
  return threads.filter(({ root }) => root.place !== null && !shown.has(root.place.path));
};

const lineKey = ({ kind, before, after }: DiffLine): string =>
  kind === 'removed' ? `from ${before}` : `to ${after}`;

const placeKey = (place: ShownThread['root']['place']): string =>
  place === null || (place.to === null && place.from === null)
    ? 'file'
    : place.to === null
      ? `from ${place.from}`
      : `to ${place.to}`;

const outdated = ({ root: { place } }: ShownThread): Renderable =>
  place !== null &&
  (place.to ?? place.from) !== null &&
  html`<p class="quiet">On ${place.to === null ? 'removed line' : 'line'} ${place.to ?? place.from}, which is not shown below:</p>`;

/** The way to a line for whoever presses no number, and to the file as a whole. */
function chooser(file: DiffFile, form: string, { links, number, back }: ThreadContext): Html {
  const field = (name: 'to' | 'from', label: string) =>
    html`<label for="${form}-${name}">${label}</label><input id="${form}-${name}" class="input short-number" name="${name}" inputmode="numeric" type="text">`;
  return html`<details class="line-chooser"><summary>Comment<span class="hidden-words"> on this file</span></summary><form class="row" action="${links.pullRequest(number, '/comments/new')}">${hiddenFields({ path: file.path, back })}${file.change !== 'deleted' && field('to', 'On line')}${file.change !== 'added' && field('from', file.change === 'deleted' ? 'On removed line' : 'or on removed line')}<button type="submit" class="button button-small">Go on</button><span class="quiet">Without a line it is about the file.</span></form></details><form id="${form}" action="${links.pullRequest(number, '/comments/new')}" hidden>${hiddenFields({ path: file.path, back })}</form>`;
}
