import type { Grant } from '../../gate/index.ts';
import { startArchive, type ArchiveFormat } from '../../git/archive.ts';
import type { ObjectId } from '../../git/object-id.ts';
import { openForReading } from '../../git/open.ts';
import { outputOf } from '../../git/output.ts';
import { resolveRevision, RevisionNotFound } from '../../git/revision.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { streamInTurn } from '../git/pack-work.ts';
import { begun } from '../git/serve.ts';
import { reading } from './problems.ts';

export type { ArchiveFormat } from '../../git/archive.ts';

/** The files of a commit, as they are packed for whoever has no Git. */
export interface Archive {
  readonly commit: ObjectId;
  readonly format: ArchiveFormat;
  /** Of the file without its ending and of the one folder in it: workspace, repository and 12 characters of the commit. */
  readonly name: string;
}

/** By how an address ends; the first that fits counts. Bitbucket Cloud has the short one as well. */
const FORMATS: readonly (readonly [ending: string, format: ArchiveFormat])[] = [
  ['.zip', 'zip'],
  ['.tar.gz', 'tar.gz'],
  ['.gz', 'tar.gz'],
];

/** What a revision with one of the endings names. Starts nothing that packs. Throws `Problem`. */
export async function findArchive(
  services: Services,
  grant: Grant<'source.read'>,
  text: string,
): Promise<Archive> {
  const found = FORMATS.find(([ending]) => text.endsWith(ending));
  if (found === undefined) {
    throw new Problem(
      'not_found',
      'Archives are made as .zip and as .tar.gz (or .gz), and in no other format: let the address end with one of these, behind a branch, a tag or a commit.',
    );
  }
  const [{ workspace, slug }] = grant.targets;
  const handle = await openForReading(services.storage, grant);
  const [ending, format] = found;
  const revision = text.slice(0, -ending.length);
  const { commit } = await reading(() => resolveRevision(services, handle, revision).catch(inWords));
  return { commit, format, name: `${workspace.slug}-${slug}-${commit.slice(0, 12)}` };
}

function inWords(error: unknown): never {
  if (error instanceof RevisionNotFound && !error.ambiguous) throw new Problem('not_found', error.message);
  throw error;
}

/**
 * The bytes of an archive as Git makes them, in a turn of what packs. It fails where Git does, so that no part of one
 * passes for the whole. Throws `Problem`, and what claiming a use throws.
 */
export async function openArchive(
  services: Services,
  grant: Grant<'source.read'>,
  { commit, format, name }: Archive,
  { signal, claimUse }: { readonly signal: AbortSignal; readonly claimUse: () => Promise<void> },
): Promise<AsyncIterable<Buffer>> {
  const handle = await openForReading(services.storage, grant);
  const start = () =>
    outputOf(startArchive(handle, { commit, format, folder: name }, signal), ({ code, stderr }) => {
      if (!signal.aborted) services.log.warn({ code, stderr }, 'Git could not make an archive.');
      return new Problem(
        'unavailable',
        'No archive could be made of this: it is damaged, or holds more than is packed here. Clone the repository instead.',
      );
    });
  return begun(await streamInTurn(services, grant, signal, start, claimUse));
}
