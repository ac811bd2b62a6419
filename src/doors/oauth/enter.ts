import type { FastifyInstance } from 'fastify';
import { enter, readClientCredentials } from '../../entry/index.ts';
import type { Services } from '../../services.ts';
import { parameterOf } from './parameters.ts';

/**
 * Lets every route be decided by entry. Behind the body, where clients may say who they are; it is small, and nothing has
 * been done yet.
 */
export function enterWithClient(app: FastifyInstance, services: Services): void {
  app.addHook('preHandler', async (request) => {
    const { policy } = request.routeOptions.config;
    if (policy === undefined) return;
    request.admitted = await enter(services, {
      operation: policy.operation,
      targets: policy.targets(request.params as Record<string, string>),
      presented: readClientCredentials(request.headers.authorization, parameterOf(request)),
      surface: 'oauth',
      address: request.ip,
      agent: request.headers['user-agent'],
    });
  });
}
