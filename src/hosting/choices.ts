import { invalid } from '../problem.ts';

const SLUG = /^[a-z0-9_](?:[a-z0-9_.-]{0,60}[a-z0-9_-])?$/;
const PROJECT_KEY = /^[A-Z][A-Z0-9_]{0,19}$/;
const PRINTABLE_LINE = /^[^\p{C}]*$/u;
const PRINTABLE_TEXT = /^(?:[^\p{C}]|[\n\r\t\p{Cf}])*$/u;
const NAME_LENGTH = 62;
const DESCRIPTION_LENGTH = 10_000;

/** First segments of paths that the host itself answers; no workspace may hide them. */
const RESERVED_WORKSPACES = new Set([
  '-',
  '2.0',
  '1.0',
  '!api',
  'account',
  'admin',
  'api',
  'assets',
  'dashboard',
  'favicon.ico',
  'git',
  'health',
  'help',
  'internal',
  'login',
  'logout',
  'metrics',
  'oauth',
  'robots.txt',
  'search',
  'settings',
  'signin',
  'signup',
  'site',
  'static',
  'users',
  'workspaces',
  'repositories',
  'user',
]); // prettier-ignore

/** Names that some file systems take for devices; a clone into a folder of that name fails there. */
const DEVICE_NAME = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?$/;

/**
 * The slug of a workspace. Throws `Problem` unless it is 1–62 of lower-case letters, digits, `_`, `-` and `.`, does not
 * end in `.git`, has no `..` and is not one of the host's own path segments.
 */
export function chooseWorkspaceSlug(slug: string): string {
  chooseSlug('slug', slug);
  if (RESERVED_WORKSPACES.has(slug)) throw invalid('slug', `"${slug}" is reserved: choose another name.`);
  return slug;
}

/** The slug of a repository; the same form as a workspace's. */
export function chooseRepositorySlug(slug: string): string {
  return chooseSlug('name', slug);
}

/** The slug of a group that is not made of its name; the same form. */
export function chooseGroupSlug(slug: string): string {
  return chooseSlug('slug', slug);
}

function chooseSlug(field: string, slug: string): string {
  if (
    !SLUG.test(slug) ||
    slug.includes('..') ||
    slug.endsWith('.git') ||
    slug.endsWith('.lock') ||
    DEVICE_NAME.test(slug)
  ) {
    throw invalid(
      field,
      'A name in addresses has 1 to 62 lower-case letters, digits, "_", "-" or "." (not at either end, not twice in a row, not ending in .git or .lock, and no device name such as "con").',
    );
  }
  return slug;
}

/** The slug that a name for people becomes, as Bitbucket derives it; may be empty, so give it to a `choose…` afterwards. */
export const slugFrom = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9_.-]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[-.]+/, '')
    .slice(0, NAME_LENGTH)
    .replace(/[-.]+$/, '');

/** A name for people, on one line. */
export function chooseName(name: string): string {
  const chosen = name.trim().normalize('NFC');
  if (chosen === '' || Array.from(chosen).length > NAME_LENGTH || !PRINTABLE_LINE.test(chosen)) {
    throw invalid('name', `A name has 1 to ${NAME_LENGTH} characters on one line.`);
  }
  return chosen;
}

export function chooseDescription(text: string): string {
  if (text.length > DESCRIPTION_LENGTH || !PRINTABLE_TEXT.test(text)) {
    throw invalid(
      'description',
      `A description has at most ${DESCRIPTION_LENGTH} characters and no control characters.`,
    );
  }
  return text.normalize('NFC');
}

export function chooseProjectKey(key: string): string {
  if (!PROJECT_KEY.test(key)) {
    throw invalid(
      'key',
      'A project key has 1 to 20 capital letters, digits or "_" and begins with a letter, such as PROJ.',
    );
  }
  return key;
}

/** The id inside `{…}` as Bitbucket accepts it in place of a slug, or undefined for a slug. */
export const uuidIn = (name: string): string | undefined =>
  /^\{([0-9a-f-]{36})\}$/i.exec(name)?.[1]?.toLowerCase();
