import type { Commit } from '../../git/commit.ts';
import { lastCommitKey } from '../../git/last-commits.ts';
import { openForReading, type ReadingGrant } from '../../git/open.ts';
import { listDirectory, type EntryKind, type PathEntry } from '../../git/tree.ts';
import type { Services } from '../../services.ts';
import type { Location } from '../source/files.ts';
import { reading } from '../source/problems.ts';

export interface ListedEntry {
  readonly name: string;
  readonly kind: EntryKind;
  /** From the root; null where the name is not Unicode text, so that no address leads back to it. */
  readonly path: string | null;
  /** The last commit that changed it, where that was found in bounded time. */
  readonly lastCommit: Commit | undefined;
}

export interface DirectoryPage {
  readonly entries: readonly ListedEntry[];
  readonly total: number;
  /** The README to lay out below the list, if the directory has one. */
  readonly readme: PathEntry | undefined;
}

const README = /^readme(?:\.(?:md|markdown|mkd|txt|rst|adoc))?$/i;
const MARKDOWN = /\.(?:md|markdown|mkd)$/i;

/** One page of a directory, folders first, with the last commit of each entry. */
export async function browseDirectory(
  services: Services,
  grant: ReadingGrant,
  { commit, entry }: Pick<Location, 'commit' | 'entry'>,
  page: { readonly offset: number; readonly limit: number },
): Promise<DirectoryPage> {
  const handle = await openForReading(services.storage, grant);
  return reading(async () => {
    const all = foldersFirst(await listDirectory(services.objects, handle, entry));
    const shown = all.slice(page.offset, page.offset + page.limit);
    const commits = await services.history.lastCommits(handle, commit, entry, shown);
    return {
      entries: shown.map((each) => ({
        name: each.name,
        kind: each.kind,
        path: Buffer.from(each.path).equals(each.pathBytes) ? each.path : null,
        lastCommit: commits.get(lastCommitKey(each)),
      })),
      total: all.length,
      readme: findReadme(all),
    };
  });
}

/** Git sorts bytes, with folders among the files; readers look for folders first. */
function foldersFirst(entries: readonly PathEntry[]): PathEntry[] {
  const isFolder = ({ kind }: PathEntry) => kind === 'directory' || kind === 'submodule';
  // Each half by itself: it comes as good as sorted, and half a million entries are looked at once.
  return [entries.filter(isFolder), entries.filter((entry) => !isFolder(entry))].flatMap((half) =>
    half.sort((a, b) => Buffer.compare(a.nameBytes, b.nameBytes)),
  );
}

function findReadme(entries: readonly PathEntry[]): PathEntry | undefined {
  const found = entries.filter(
    (entry) => (entry.kind === 'file' || entry.kind === 'executable') && README.test(entry.name),
  );
  return found.find((entry) => MARKDOWN.test(entry.name)) ?? found[0];
}
