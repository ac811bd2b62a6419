import type { FastifyInstance } from 'fastify';
import { addRouteChoice } from '../shared/route-choice.ts';

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

/** Between the two services of `info/refs`, each of an operation of its own; the query is looked at nowhere else. */
export const addServiceConstraint = (app: FastifyInstance): void =>
  addRouteChoice(app, 'gitService', SERVICES, ({ url = '' }) => serviceNamed(url));
