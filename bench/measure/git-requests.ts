import type { LoadRequest } from './load.ts';

/** The requests of git's own client in protocol version 2 (gitprotocol-v2(5)), for the load generator to send. */

const packet = (line: string): string => (Buffer.byteLength(line) + 4).toString(16).padStart(4, '0') + line;
const AGENT = packet('agent=git/2.39.5');
const DELIMITER = '0001';
const FLUSH = '0000';

export const infoRefs = (repository: string, authorization: string | undefined): LoadRequest => ({
  path: `${repository}/info/refs?service=git-upload-pack`,
  headers: {
    'Git-Protocol': 'version=2',
    ...(authorization !== undefined && { Authorization: authorization }),
  },
});

/** What `git ls-remote` and every fetch ask after `info/refs`. */
export const lsRefs = (repository: string, authorization: string | undefined): LoadRequest =>
  uploadPack(
    repository,
    authorization,
    [
      packet('command=ls-refs\n'),
      AGENT,
      packet('object-format=sha1'),
      DELIMITER,
      packet('peel\n'),
      packet('symrefs\n'),
      FLUSH,
    ].join(''),
  );

/** What `git clone` asks for: every tip, and nothing at hand. */
export const fullFetch = (
  repository: string,
  authorization: string | undefined,
  wants: readonly string[],
): LoadRequest => uploadPack(repository, authorization, fetchBody(wants));

export const fetchBody = (wants: readonly string[], depth?: number): string =>
  [
    packet('command=fetch'),
    AGENT,
    packet('object-format=sha1'),
    DELIMITER,
    packet('thin-pack'),
    packet('ofs-delta'),
    packet('no-progress'),
    ...(depth === undefined ? [] : [packet(`deepen ${depth}\n`)]),
    ...wants.map((id) => packet(`want ${id}\n`)),
    packet('done\n'),
    FLUSH,
  ].join('');

const uploadPack = (repository: string, authorization: string | undefined, body: string): LoadRequest => ({
  path: `${repository}/git-upload-pack`,
  headers: {
    'Content-Type': 'application/x-git-upload-pack-request',
    Accept: 'application/x-git-upload-pack-result',
    'Git-Protocol': 'version=2',
    ...(authorization !== undefined && { Authorization: authorization }),
  },
  body: Buffer.from(body),
});
