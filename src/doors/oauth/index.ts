import type { FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Services } from '../../services.ts';
import { limitBodyTime } from '../shared/body-deadline.ts';
import { enterWithClient } from './enter.ts';
import { lateAnswer, renderErrors } from './errors.ts';
import { addMetadata } from './metadata.ts';
import { readParameters } from './parameters.ts';
import { addEndpoints } from './endpoints.ts';

export { answerWrongMethods } from './wrong-method.ts';

const LARGEST_BODY_BYTES = 64 * 1024;

/**
 * What OAuth clients speak with: tokens, devices, revocation, introspection, and what describes them. The pages on which
 * people answer are the web door's. No cookie is looked at.
 */
export async function oauthDoor(
  app: FastifyInstance,
  { services }: { readonly services: Services },
): Promise<void> {
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  renderErrors(app, services);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: LARGEST_BODY_BYTES },
    (_request, body, done) => {
      try {
        done(null, readParameters(String(body)));
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  );
  app.addHook('onRequest', async (_request, reply) => {
    // RFC 6749 §5.1; no cookie is read here, so a page of any origin may ask.
    reply.headers({
      'cache-control': 'no-store',
      pragma: 'no-cache',
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
    });
  });
  limitBodyTime(app, services.requestBodyMs, lateAnswer);
  enterWithClient(app, services);
  addMetadata(app, services);
  addEndpoints(app, services);
}
