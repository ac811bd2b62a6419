import type { RelativeAddress } from '../markdown.ts';
import { isLinkable } from './links.ts';

/** Where the addresses of a document lead. */
export interface DocumentPlace {
  /** The folder that the document lies in, from the root, '' for the root itself. */
  readonly folder: string;
  readonly link: (path: string) => string;
  readonly image: (path: string) => string;
}

const MARKDOWN = /\.(?:md|markdown|mkd)$/i;

/**
 * Turns a relative address of a document into one on this server; `/x` begins at the root of the repository. Null for
 * what leads out of the repository or cannot be read.
 */
export function resolveIn(place: DocumentPlace): (address: RelativeAddress) => string | null {
  return ({ purpose, url }) => {
    const [, written = '', fragment = ''] = /^([^?#]*)(?:\?[^#]*)?(?:#(.*))?$/s.exec(url) ?? [];
    const path = normalize(place.folder, decode(written));
    if (path === null || (path !== '' && !isLinkable(path))) return null;
    if (purpose === 'image') return path === '' ? null : place.image(path);
    // Headings of a document that is laid out have ids of their own; lines of code keep theirs.
    const anchor = fragment === '' ? '' : `#${MARKDOWN.test(path) ? 'doc-' : ''}${fragment}`;
    return place.link(path) + anchor;
  };
}

/** The path that `written` leads to from `folder`, or null when it climbs above the root. */
export function normalize(folder: string, written: string | null): string | null {
  if (written === null) return null;
  const parts = written.startsWith('/') || folder === '' ? [] : folder.split('/');
  for (const part of written.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.join('/');
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

export const folderOf = (path: string): string => path.split('/').slice(0, -1).join('/');
