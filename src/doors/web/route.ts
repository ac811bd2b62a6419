import type { FastifyRequest } from 'fastify';
import type { OperationName, TargetReference } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import type { DeclaredRoute, RoutePolicy } from '../shared/policy.ts';

/** What every plugin of pages is registered with: `app.register(somePages, { services, routes })`. */
export interface PagesOptions {
  readonly services: Services;
  /** Every route of every door, complete once the host has started: what a scope opens is read from it. */
  readonly routes: readonly DeclaredRoute[];
}

/**
 * The options of a route that answers a page (or redirects):
 * `app.get('/:workspace/:repository/settings', pageRoute('repository.settings', toRepository), handler)`.
 * The handler then has `grantOf(request, 'repository.settings')`. For file bytes use `bytesRoute`.
 */
export const pageRoute = (operation: OperationName, targets: RoutePolicy['targets']) =>
  ({ config: { policy: { operation, targets, answers: 'page' } } }) as const;

/** The same for a route that answers a file's bytes or a stream. */
export const bytesRoute = (operation: OperationName, targets: RoutePolicy['targets']) =>
  ({ config: { policy: { operation, targets, answers: 'bytes' } } }) as const;

/** A segment of the path, decoded, or '' when the route has none of that name. */
export function parameter(request: FastifyRequest, name: string): string {
  const value: unknown = (request.params as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value : '';
}

/** A value of the query, or '' when it is absent; of several the first. */
export function queryText(request: FastifyRequest, name: string): string {
  const value: unknown = (request.query as Readonly<Record<string, unknown>>)[name];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? first : '';
}

const LONGEST_NAME = 100;

/** Letters of a name to look for, as they were typed into a search; '' for none. No name holds what is taken out: control characters. */
export const queryName = (request: FastifyRequest, name: string): string =>
  queryText(request, name)
    .replace(/\p{Cc}/gu, '')
    .trim()
    .slice(0, LONGEST_NAME);

const MOST_PAGES = 100_000;

/** The number in `?page=`, or in what else it is called, from 1; anything else is the first page. */
export function queryPage(request: FastifyRequest, name = 'page'): number {
  const text = queryText(request, name);
  const number = /^[1-9][0-9]{0,5}$/.test(text) ? Number(text) : 1;
  return Math.min(number, MOST_PAGES);
}

export type { TargetReference };
