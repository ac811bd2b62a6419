import formbody from '@fastify/formbody';
import type { FastifyInstance } from 'fastify';

/** JSON, forms, and nothing at all: clients send a content type with an empty body, and mean no body. */
export async function addBodies(app: FastifyInstance): Promise<void> {
  await app.register(formbody);
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parseJson(request, body.toString(), done);
  });
}
