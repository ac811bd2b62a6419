import type { FastifyRequest } from 'fastify';
import { grantOf } from '../shared/policy.ts';
import { repositoryPath } from './places.ts';

/** Where a page lies now, when it was asked for by a name that its repository had before; undefined otherwise. */
export function presentAddress(request: FastifyRequest): string | undefined {
  const { policy } = request.routeOptions.config;
  if (policy === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return undefined;
  const target = grantOf(request, policy.operation).everyTarget.find(({ type }) => type === 'repository');
  if (target?.type !== 'repository' || target.renamedFrom === undefined) return undefined;
  const [, , , below = ''] = /^\/([^/?]*)\/([^/?]*)(.*)$/s.exec(request.url) ?? [];
  return repositoryPath(target, below);
}
