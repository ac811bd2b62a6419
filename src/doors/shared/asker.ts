import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';

export type Asker = 'browser' | 'program';
const ASKERS: readonly unknown[] = ['browser', 'program'] satisfies Asker[];

/**
 * Who seems to ask, for an address that two doors serve: a browser presents its cookie or nothing, a program what it
 * sends as `Authorization`. Whoever sends that is a program, whatever else it sends, so no cookie is looked at beside it. Browsers
 * name XHTML where they go to an address; of programs some name HTML.
 */
export const askerOf = ({ authorization, cookie, accept = '' }: IncomingHttpHeaders): Asker =>
  authorization === undefined && (cookie !== undefined || accept.includes('application/xhtml+xml'))
    ? 'browser'
    : 'program';

/** Lets the router choose by it between two routes of one operation: `constraints: { asker: 'browser' }`. */
export function addAskerConstraint(app: FastifyInstance): void {
  if (app.hasConstraintStrategy('asker')) return;
  app.addConstraintStrategy({
    name: 'asker',
    storage() {
      const handlers = new Map<unknown, never>();
      return {
        get: (asker: unknown) => handlers.get(asker) ?? null,
        set: (asker: unknown, handler: never) => void handlers.set(asker, handler),
      };
    },
    validate(asker: unknown) {
      if (!ASKERS.includes(asker)) throw new TypeError('A route is constrained to a browser or a program.');
    },
    deriveConstraint: ({ headers }) => askerOf(headers),
  });
}
