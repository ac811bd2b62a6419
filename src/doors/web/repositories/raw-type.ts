/** How a file of a repository is answered as bytes. */
export interface RawType {
  readonly contentType: string;
  /** Saved instead of shown: what a browser could run as a page. */
  readonly attachment: boolean;
}

/** Pictures that cannot carry a script. */
const PICTURES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  bmp: 'image/bmp',
  ico: 'image/x-icon',
};
/** A browser that is told another type, or sniffs one, could run these. */
const ACTIVE = /^(?:html?|xhtml|xht|shtml|xml|xsl|xslt|svgz|mhtml?|mht|pdf|swf|js|mjs|cjs|wasm|hta)$/;

const endingOf = (path: string): string => /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';

/** Whether a page shows the file as a picture. */
export const isPicture = (path: string): boolean => {
  const ending = endingOf(path);
  return ending === 'svg' || Object.hasOwn(PICTURES, ending);
};

/**
 * By the ending of the name for pictures, and otherwise by whether the bytes are text. Nothing is ever answered as a
 * type that a browser runs: what people push must not become a page of ours.
 */
export function rawType(path: string, binary: boolean): RawType {
  const ending = endingOf(path);
  const picture = Object.hasOwn(PICTURES, ending) ? PICTURES[ending] : undefined;
  if (picture !== undefined) return { contentType: picture, attachment: false };
  // Inside <img> an SVG runs nothing and loads nothing; opened by itself it would, so it is saved.
  if (ending === 'svg' && !binary) return { contentType: 'image/svg+xml; charset=utf-8', attachment: true };
  if (binary) return { contentType: 'application/octet-stream', attachment: true };
  return { contentType: 'text/plain; charset=utf-8', attachment: ACTIVE.test(ending) };
}

/** `attachment; filename*=…` (RFC 6266, RFC 8187); the name is the last part of the path. */
export function disposition(path: string, attachment: boolean): string {
  const name = (path.split('/').at(-1) ?? '').toWellFormed().replace(/[\p{Cc}\\/]/gu, '_');
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${attachment ? 'attachment' : 'inline'}; filename*=UTF-8''${encoded}`;
}
