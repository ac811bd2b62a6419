import type { FastifyInstance } from 'fastify';

export type GitService = 'git-upload-pack' | 'git-receive-pack';

const SERVICES: readonly string[] = ['git-upload-pack', 'git-receive-pack'] satisfies GitService[];

/** The service that a query names, or undefined unless it names exactly one that there is, exactly once. */
export function serviceNamed(url: string): GitService | undefined {
  const start = url.indexOf('?');
  if (start === -1) return undefined;
  const named = new URLSearchParams(url.slice(start + 1)).getAll('service');
  const [service = ''] = named;
  return named.length === 1 && isService(service) ? service : undefined;
}

const isService = (name: string): name is GitService => SERVICES.includes(name);

/**
 * Lets the router choose between the two services of `info/refs`. Each is a route of its own with an operation of its
 * own, so what is decided and what runs come from one place; the query is looked at nowhere else.
 */
export function addServiceConstraint(app: FastifyInstance): void {
  app.addConstraintStrategy({
    name: 'gitService',
    storage() {
      const handlers = new Map<unknown, never>();
      return {
        get: (service: unknown) => handlers.get(service) ?? null,
        set: (service: unknown, handler: never) => void handlers.set(service, handler),
      };
    },
    validate(service: unknown) {
      if (typeof service !== 'string' || !SERVICES.includes(service)) {
        throw new TypeError('A route is constrained to a service that there is.');
      }
    },
    deriveConstraint: (request) => serviceNamed(request.url ?? ''),
  });
}
