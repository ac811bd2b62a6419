import type { Grant } from '../../gate/index.ts';
import { readDownload } from '../../git/downloads.ts';
import { hasCode } from '../../git/error-code.ts';
import { openForReading } from '../../git/open.ts';
import { findDownload, listDownloads, type Download } from '../../hosting/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { noSuchDownload } from './names.ts';

export type { Download, Uploader } from '../../hosting/index.ts';

type ReadingGrant = Grant<'download.read'>;

export interface DownloadContent extends Download {
  /** The bytes from `from` up to and without `to`, each chunk good until the next one is asked for. */
  readonly bytes: (from: number, to: number) => AsyncGenerator<Buffer>;
}

/** The downloads of the grant's repository, the newest first. */
export const viewDownloads = (
  { database }: Services,
  { targets: [{ id }] }: ReadingGrant | Grant<'download.write'>,
): Promise<Download[]> => listDownloads(database, id);

/** One of them. Throws `Problem` where there is none of that name. */
export async function viewDownload(
  { database }: Services,
  { targets: [{ id }] }: ReadingGrant | Grant<'download.delete'>,
  name: string,
): Promise<Download> {
  // PostgreSQL takes no NUL, and no download has one.
  const download = name.includes('\0') ? undefined : await findDownload(database, id, name);
  if (download === undefined) throw noSuchDownload();
  return download;
}

/** The same with its bytes. */
export async function openDownload(
  services: Services,
  grant: ReadingGrant,
  name: string,
): Promise<DownloadContent> {
  const download = await viewDownload(services, grant, name);
  const handle = await openForReading(services.storage, grant);
  const { id } = download;
  const bytes = (from: number, to: number) => orGone(readDownload(handle, id, { from, to }));
  const counting = () => services.downloadFetches.count(id);
  // Whoever goes on where they broke off fetched it before.
  return {
    ...download,
    bytes: (from, to) => (from === 0 ? begun(bytes(from, to), counting) : bytes(from, to)),
  };
}

/** Once there is a first byte, or it turns out that there is none. */
async function* begun(bytes: AsyncIterable<Buffer>, noting: () => void): AsyncGenerator<Buffer> {
  let isNoted = false;
  for await (const chunk of bytes) {
    if (!isNoted) noting();
    isNoted = true;
    yield chunk;
  }
  if (!isNoted) noting();
}

/** It may be replaced between the moments in which it was found and is opened. */
async function* orGone(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* bytes;
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    throw new Problem(
      'not_found',
      'The download was replaced or deleted at this moment, or its file is missing on this host: ask for it again, or upload it again.',
    );
  }
}
