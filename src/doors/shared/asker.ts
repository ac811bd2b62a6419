import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { addRouteChoice } from './route-choice.ts';

export type Asker = 'browser' | 'program';
const ASKERS: readonly Asker[] = ['browser', 'program'];

/**
 * Who seems to ask, for an address that two doors serve: a browser presents its cookie or nothing, a program what it
 * sends as `Authorization`. Whoever sends that is a program, whatever else it sends, so no cookie is looked at beside it. Browsers
 * name XHTML where they go to an address; of programs some name HTML.
 */
export const askerOf = ({ authorization, cookie, accept = '' }: IncomingHttpHeaders): Asker =>
  authorization === undefined && (cookie !== undefined || accept.includes('application/xhtml+xml'))
    ? 'browser'
    : 'program';

/** Between two routes of one operation: `constraints: { asker: 'browser' }`. */
export const addAskerConstraint = (app: FastifyInstance): void =>
  addRouteChoice(app, 'asker', ASKERS, ({ headers }) => askerOf(headers));
