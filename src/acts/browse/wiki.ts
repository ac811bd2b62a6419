import type { Commit } from '../../git/commit.ts';
import { openForReading } from '../../git/open.ts';
import { resolveRevision } from '../../git/revision.ts';
import { findPath, walkDirectory, type PathEntry } from '../../git/tree.ts';
import type { RepositoryHandle } from '../../git/handle.ts';
import type { Grant } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { reading } from '../source/problems.ts';
import { readContent, type FileContent } from './file.ts';
import { overviewOf } from './overview.ts';

export interface WikiPage {
  /** The file's path without its ending: what stands in the address. */
  readonly name: string;
  readonly path: string;
}

export interface Wiki {
  /** Full hash of the commit that is shown; null while nothing was pushed. */
  readonly commit: string | null;
  /** Home first, then by name. */
  readonly pages: readonly WikiPage[];
  /** There are more files than were looked at. */
  readonly cut: boolean;
}

export interface ShownWikiPage extends WikiPage {
  readonly content: FileContent;
  readonly lastCommit: Commit | undefined;
}

const PAGE = /\.(?:md|markdown)$/i;
const MOST_ENTRIES = 5_000;
const DEEPEST = 8;

const isHome = ({ name }: WikiPage): boolean => name.toLowerCase() === 'home';

/** The pages of the wiki: its Markdown files on its default branch. */
export async function viewWiki(services: Services, grant: Grant<'wiki.read'>): Promise<Wiki> {
  const handle = await openForReading(services.storage, grant);
  return reading(async () => {
    const commit = await shownCommit(services, handle);
    if (commit === null) return { commit, pages: [], cut: false };
    const root = await findPath(services.objects, handle, commit, '');
    if (root === undefined) return { commit, pages: [], cut: false };
    const pages: WikiPage[] = [];
    let seen = 0;
    for await (const entry of walkDirectory(services.objects, handle, root, DEEPEST)) {
      seen += 1;
      if (seen > MOST_ENTRIES) break;
      if (isPage(entry)) pages.push({ name: entry.path.replace(PAGE, ''), path: entry.path });
    }
    return { commit, pages: pages.toSorted(homeFirst), cut: seen > MOST_ENTRIES };
  });
}

function isPage(entry: PathEntry): boolean {
  const isFile = entry.kind === 'file' || entry.kind === 'executable';
  return isFile && PAGE.test(entry.name) && Buffer.from(entry.path).equals(entry.pathBytes);
}

const homeFirst = (a: WikiPage, b: WikiPage): number =>
  Number(isHome(b)) - Number(isHome(a)) || a.name.localeCompare(b.name, 'en');

/** The page that a reader sees first. */
export const homeOf = (wiki: Wiki): WikiPage | undefined => wiki.pages.find(isHome);

/** A page by its name in any case, with or without its ending. Throws `Problem` when there is none. */
export async function readWikiPage(
  services: Services,
  grant: Grant<'wiki.read'>,
  wiki: Wiki,
  name: string,
): Promise<ShownWikiPage> {
  const wanted = name.replace(PAGE, '');
  const page =
    wiki.pages.find((each) => each.name === wanted) ??
    wiki.pages.find((each) => each.name.toLowerCase() === wanted.toLowerCase());
  const { commit } = wiki;
  if (page === undefined || commit === null) throw noSuchPage(name);
  const handle = await openForReading(services.storage, grant);
  return reading(async () => {
    const entry = await findPath(services.objects, handle, commit, page.path);
    if (entry === undefined) throw noSuchPage(name);
    const history = { include: [commit], path: page.path, offset: 0, limit: 1 };
    const { commits } = await services.history.list(handle, history);
    return { ...page, content: await readContent(services, grant, entry), lastCommit: commits[0] };
  });
}

const noSuchPage = (name: string): Problem =>
  new Problem('not_found', `The wiki has no page "${name.slice(0, 250)}".`);

/** A file of the wiki, such as a picture. Throws `Problem` when there is none. */
export async function locateInWiki(
  services: Services,
  grant: Grant<'wiki.read'>,
  path: string,
): Promise<PathEntry> {
  const handle = await openForReading(services.storage, grant);
  return reading(async () => {
    const commit = await shownCommit(services, handle);
    const entry = commit === null ? undefined : await findPath(services.objects, handle, commit, path);
    if (entry === undefined) throw new Problem('not_found', 'The wiki has no such file.');
    return entry;
  });
}

async function shownCommit(services: Services, handle: RepositoryHandle): Promise<string | null> {
  const { branch } = await overviewOf(services, handle);
  return branch === null ? null : (await resolveRevision(services, handle, `refs/heads/${branch}`)).commit;
}
