import type { FastifyReply, FastifyRequest } from 'fastify';
import { openDownload } from '../../acts/downloads/view.ts';
import { claim } from '../../entry/index.ts';
import type { Services } from '../../services.ts';
import { attachment } from './attachment.ts';
import { grantOf } from './policy.ts';
import { sendContent } from './send-content.ts';

/** As Bitbucket Cloud has them, where the API sends whoever asks it for one. */
export const DOWNLOADS = '/:workspace/:repository/downloads/:download';

/** Sends the download that the path names, to be saved: whatever it holds, it is nobody's page. */
export async function sendDownload(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const grant = grantOf(request, 'download.read');
  const { download: name = '' } = request.params as { download?: string };
  const { sha256: oid, size, bytes } = await openDownload(services, grant, name);
  void reply.type('application/octet-stream').header('content-disposition', attachment(name));
  return sendContent(
    request,
    reply,
    { oid, size, bytes },
    { stalledMs: services.stalledClientMs, claimUse: () => claim(services, grant) },
  );
}
