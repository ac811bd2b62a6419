import type { FastifyInstance } from 'fastify';
import { grantOf } from '../shared/policy.ts';
import { prefixOf } from './prefixes.ts';

/**
 * Leads from a name that a repository had before to the one that it has, on this host. Only whoever was admitted gets
 * here, so the new name is told to nobody who may not see it.
 */
export function redirectRenamed(app: FastifyInstance, publicUrl: string): void {
  app.addHook('preParsing', (request, reply, _payload, done) => {
    const { policy } = request.routeOptions.config;
    if (policy === undefined) return done();
    const { everyTarget } = grantOf(request, request.admittedFor ?? policy.operation);
    const target = everyTarget.find(({ type }) => type === 'repository');
    if (target?.type !== 'repository' || target.renamedFrom === undefined) return done();
    // By place and not by name: the segments before it may be written in more than one way.
    const [, below] = /^(?:\/[^/?#]*){4}(.*)$/s.exec(request.url) ?? [];
    if (below === undefined) return done();
    const { workspace, slug } = target;
    const there = `/repositories/${encodeURIComponent(workspace.slug)}/${encodeURIComponent(slug)}`;
    // The name may be taken again: nobody is to remember where it led.
    reply.header('cache-control', 'no-store');
    // 308 keeps method and body where a 301 would make clients send a GET.
    const status = request.method === 'GET' || request.method === 'HEAD' ? 301 : 308;
    void reply.redirect(`${publicUrl}${prefixOf(request)}${there}${below}`, status);
  });
}
