import type { Download } from '../../../acts/downloads/view.ts';
import type { Problem } from '../../../problem.ts';
import { html, type Html } from '../html.ts';
import { noSuchPage, PAGE_LENGTH, pagesOf, rowsOf } from '../pages-of.ts';
import {
  confirmOpener,
  copyLine,
  emptyState,
  form,
  pageHead,
  table,
  time,
  type Question,
} from '../pieces/index.ts';
import { errorAbove, errorIn } from '../respond.ts';
import { visibleName } from '../visible.ts';
import type { Links } from './links.ts';
import { plural, sizeWords } from './words.ts';

export interface DownloadsProps {
  readonly links: Links;
  readonly downloads: readonly Download[];
  readonly page: number;
  /** For whoever may upload: what a script runs, and how much one upload may have, in bytes. */
  readonly upload: { readonly command: string; readonly limit: number } | null;
  readonly problem: Problem | undefined;
  readonly now: Date;
}

export function downloadsBody(props: DownloadsProps): Html {
  const { links, downloads, page, upload, now } = props;
  const { offset, limit } = rowsOf(page);
  const { length: size } = downloads;
  return html`${pageHead({ title: 'Downloads', lead: size > 0 && plural(size, 'file') })}${table<Download>({
    caption: 'Downloads',
    quietCaption: true,
    columns: [
      { label: 'File', cell: ({ name }) => html`<a href="${links.download(name)}">${visibleName(name)}</a>` },
      { label: 'Size', align: 'end', cell: (download) => sizeWords(download.size) },
      { label: 'Fetched', align: 'end', cell: ({ fetches }) => timesWords(fetches) },
      { label: 'Uploaded', cell: ({ createdAt }) => time({ at: new Date(createdAt), now }) },
      { label: 'By', cell: uploaderWords },
      ...(upload === null
        ? []
        : [
            {
              label: 'Delete',
              quietLabel: true,
              cell: (download: Download) =>
                confirmOpener({
                  ...deleteQuestion(download, links),
                  pageHref: links.deleteDownload(download.name),
                  what: visibleName(download.name),
                }),
            },
          ]),
    ],
    rows: downloads.slice(offset, offset + limit),
    empty:
      noSuchPage(page, PAGE_LENGTH, size, (number) => links.downloads(number)) ??
      emptyState({
        title: 'No downloads yet',
        body: 'Files that people fetch beside the source: what a build made, or a release.',
      }),
    pages: pagesOf(page, PAGE_LENGTH, size, (number) => links.downloads(number)),
  })}${upload !== null && uploadPart(props, upload)}`;
}

const uploadPart = (
  { links, problem }: DownloadsProps,
  { command, limit }: NonNullable<DownloadsProps['upload']>,
): Html =>
  html`<section aria-labelledby="upload"><h2 id="upload">Upload</h2>${form({
    action: links.downloads(),
    sendsFiles: true,
    error: errorAbove(problem, ['files']),
    fields: [
      {
        kind: 'file',
        name: 'files',
        label: 'Files',
        help: `A file takes the place of the one that has its name. At most ${sizeWords(limit)} at a time.`,
        multiple: true,
        required: true,
        error: errorIn(problem, 'files'),
      },
    ],
    submit: { label: 'Upload' },
  })}</section><section aria-labelledby="by-script"><h2 id="by-script">Upload by a script</h2>
<p>A credential that has the scope <code>repository:write</code> does the same.</p>${copyLine({
    label: 'Upload by a script',
    text: command,
    showLabel: false,
  })}</section>`;

const timesWords = (count: number): string =>
  count === 0 ? 'never' : count === 1 ? 'once' : `${count} times`;

function uploaderWords({ uploader }: Download): string {
  if (uploader === null) return 'Somebody';
  const name = visibleName(uploader.displayName);
  return uploader.type === 'account' ? name : `${name} (bot)`;
}

export const deleteQuestion = ({ name, size }: Download, links: Links): Question => ({
  title: `Delete “${visibleName(name)}”?`,
  consequences: [
    `${sizeWords(size)}. Whoever fetches it by its address finds nothing there from now on, and it cannot be restored.`,
  ],
  action: links.deleteDownload(name),
  submitLabel: 'Delete',
  danger: true,
  cancelHref: links.downloads(),
});
