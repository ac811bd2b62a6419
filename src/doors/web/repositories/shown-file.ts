import { readContent } from '../../../acts/browse/file.ts';
import type { Location } from '../../../acts/source/files.ts';
import type { Grant } from '../../../gate/index.ts';
import type { Services } from '../../../services.ts';
import { highlight, plainLines } from '../highlight.ts';
import type { Html } from '../html.ts';
import { renderMarkdown } from '../markdown.ts';
import type { ShownFile } from './file-view.ts';
import { isLinkable, linksOf, type Links } from './links.ts';
import { isPicture } from './raw-type.ts';
import { folderOf, normalize, resolveIn } from './relative-address.ts';

export const isDocument = (path: string): boolean => /\.(?:md|markdown|mkd)$/i.test(path);

/** Lays out a document of the source; its relative addresses lead to files of the same revision. */
export const layOut = (text: string, links: Links, revision: string, folder: string): Promise<Html> =>
  renderMarkdown(text, {
    resolve: resolveIn({
      folder,
      link: (path) => links.source(revision, path),
      image: (path) => links.raw(revision, path),
    }),
  });

/** Reads what the page of a file shows. @param asSource whether a document is shown as it was written */
export async function shownFile(
  services: Services,
  grant: Grant<'source.read'>,
  { revision, entry }: Location,
  asSource: boolean,
): Promise<ShownFile> {
  const links = linksOf(grant.targets[0]);
  if (entry.kind === 'submodule') return { kind: 'submodule', commit: entry.id };
  const content = await readContent(services, grant, entry);
  if (entry.kind === 'link') {
    const target = content.kind === 'text' ? content.text : '(not a path)';
    return { kind: 'link', target, href: hrefOfLink(links, revision, entry.path, target) };
  }
  if (isPicture(entry.path) && !asSource && (content.kind !== 'lfs' || content.isHere)) {
    return { kind: 'picture', size: content.size };
  }
  if (content.kind === 'lfs') return { ...content, lines: plainLines(content.text) };
  if (content.kind !== 'text') return content;
  if (isDocument(entry.path) && !asSource) {
    const body = await layOut(content.text, links, revision, folderOf(entry.path));
    return { kind: 'document', size: content.size, body };
  }
  const { lines } = await highlight(content.text, { filename: entry.name });
  return { kind: 'code', size: content.size, lines };
}

/** Only links within the repository lead anywhere here. */
function hrefOfLink(links: Links, revision: string, path: string, target: string): string | undefined {
  if (target.startsWith('/')) return undefined;
  const to = normalize(folderOf(path), target);
  if (to === null || (to !== '' && !isLinkable(to))) return undefined;
  return links.source(revision, to);
}
