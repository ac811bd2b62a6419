import type { FastifyInstance } from 'fastify';
import { grantOf } from '../shared/policy.ts';

/**
 * Leads from a name that a repository had before to the one that it has, on this host. Only whoever was admitted gets
 * here, so the new name is told to nobody who may not see it.
 */
export function redirectRenamed(app: FastifyInstance, publicUrl: string): void {
  app.addHook('preParsing', (request, reply, _payload, done) => {
    const { policy } = request.routeOptions.config;
    if (policy === undefined) return done();
    const [target] = grantOf(request, request.admittedFor ?? policy.operation).everyTarget;
    if (target?.type !== 'repository' || target.renamedFrom === undefined) return done();
    const [path = '', query] = request.originalUrl.split('?', 2);
    // /2.0/repositories/{workspace}/{repository}/…: the two names stand behind "repositories".
    const segments = path.split('/');
    const at = segments.indexOf('repositories');
    segments.splice(at + 1, 2, encodeURIComponent(target.workspace.slug), encodeURIComponent(target.slug));
    const location = `${publicUrl}${segments.join('/')}${query === undefined ? '' : `?${query}`}`;
    // The name may be taken again: nobody is to remember where it led.
    reply.header('cache-control', 'no-store');
    // 308 keeps method and body where a 301 would make clients send a GET.
    void reply.redirect(location, request.method === 'GET' || request.method === 'HEAD' ? 301 : 308);
  });
}
