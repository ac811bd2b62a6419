import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { wantsNoMore } from './body-deadline.ts';
import { bodyOf } from './git-body.ts';
import { bodyTooLarge, readMultipart, type MultipartForm } from './multipart.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Where the files of the form lie that it brought. */
    spooled: string | null;
  }
}

/**
 * Lets the routes of this scope, which is to be one of their own, take `multipart/form-data`: `formOf` gives it to them. Files
 * lie in the spool until the route has answered; whichever an act has not moved away by then is removed. Such a body may take
 * as long as its client does not fall silent, unlike others.
 */
export function takeUploads(app: FastifyInstance, services: Services): void {
  app.decorateRequest('spooled', null);
  app.addContentTypeParser('multipart/form-data', (request: FastifyRequest) => spooled(services, request));
  // Whatever became of the request, and wherever its client is: an answer is sent, were it to nobody.
  app.addHook('onSend', async (request) => {
    if (request.spooled === null) return;
    const { spooled: folder } = request;
    request.spooled = null;
    await services.spool.giveBack(folder);
  });
}

/** The form that the request brought, if its body was one. */
export const formOf = ({ body, spooled }: FastifyRequest): MultipartForm | undefined =>
  spooled === null ? undefined : (body as MultipartForm);

async function spooled(
  { spool, uploadBytes: limit, stalledClientMs }: Services,
  request: FastifyRequest,
): Promise<MultipartForm> {
  const {
    'content-length': length,
    'content-type': contentType = '',
    'content-encoding': encoding,
  } = request.headers;
  if (length !== undefined && Number(length) > limit) throw bodyTooLarge(limit);
  // Few bytes would become many of them on the disk.
  if (encoding !== undefined)
    throw new Problem('invalid', 'Send the form as it is: a Content-Encoding is not taken here.');
  let folder: string | undefined;
  try {
    folder = await spool.folder(Number(length ?? 0));
    if (folder === undefined) throw noRoom();
    const form = await readMultipart(bodyOf(request.raw, Infinity, stalledClientMs), {
      contentType,
      folder,
      limit,
    });
    request.spooled = folder;
    return form;
  } catch (error) {
    // What is left of the body is read and thrown away: a client that is still sending may read no answer before.
    wantsNoMore(request.raw);
    request.raw.resume();
    if (folder !== undefined) await spool.giveBack(folder);
    throw isFull(error) ? noRoom() : told(error, request);
  }
}

const noRoom = (): Problem =>
  new Problem(
    'unavailable',
    'This host has no room for the files now: its disk is full, or many are on their way. Try again in a minute; if that does not help, tell who operates it.',
  );

const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');

/** A client that goes away in the middle is no fault of the host. */
const told = (error: unknown, { raw }: FastifyRequest): unknown =>
  error instanceof Problem || !raw.destroyed || raw.complete
    ? error
    : new Problem('invalid', 'The request ended before it was complete; send it again.');
