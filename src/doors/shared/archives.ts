import type { FastifyReply, FastifyRequest } from 'fastify';
import { findArchive, openArchive, type ArchiveFormat } from '../../acts/source/archive.ts';
import { claim } from '../../entry/index.ts';
import type { Services } from '../../services.ts';
import { clientGone } from './client-gone.ts';
import { holds } from './if-none-match.ts';
import { grantOf } from './policy.ts';
import { sendAnswer } from './send-answer.ts';

/** As Bitbucket Cloud has them: `{revision}.zip`, `{revision}.tar.gz` or `{revision}.gz` stands behind it. */
export const ARCHIVES = '/:workspace/:repository/get/*';

const MEDIA_TYPES: Readonly<Record<ArchiveFormat, string>> = {
  zip: 'application/zip',
  'tar.gz': 'application/gzip',
};

/**
 * Sends the archive that the rest of the path names. What the caller may have kept is asked about at each use, so that
 * nobody is sent back to a copy that they may not have any more. Git is started for bytes alone: not for HEAD or 304.
 */
export async function sendArchive(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const grant = grantOf(request, 'source.read');
  const { '*': text = '' } = request.params as { '*'?: string };
  const archive = await findArchive(services, grant, text);
  const { commit, format, name } = archive;
  // Weak: another Git may compress otherwise, and what it fills in may name refs.
  const tag = `"${commit}.${format}"`;
  const headers = {
    'content-type': MEDIA_TYPES[format],
    // Slugs hold nothing that would have to be escaped.
    'content-disposition': `attachment; filename="${name}.${format}"`,
    etag: `W/${tag}`,
    'cache-control': 'private, no-cache',
    vary: 'Authorization, Cookie, Accept',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
  };
  if (holds(request, tag)) return reply.headers(headers).code(304).send();
  if (request.method === 'HEAD') return reply.headers(headers).send();
  const answer = await openArchive(services, grant, archive, {
    signal: clientGone(reply),
    claimUse: () => claim(services, grant),
  });
  await sendAnswer(reply.headers(headers), answer, services.stalledClientMs);
  return reply;
}
