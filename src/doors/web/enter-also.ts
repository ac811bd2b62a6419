import type { FastifyRequest } from 'fastify';
import { enter } from '../../entry/index.ts';
import type { Grant, OperationName, TargetReference } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { presentToWeb } from './cookies.ts';

/**
 * A second grant for the same request, where a page shows more than its route is admitted for: a list beside a form. The
 * same way in as the first. Throws `Refused`.
 */
export const enterAlso = <Op extends OperationName>(
  services: Services,
  request: FastifyRequest,
  operation: Op,
  targets: readonly TargetReference[],
): Promise<Grant<Op>> =>
  enter(services, {
    operation,
    targets,
    presented: presentToWeb(services, request),
    surface: 'web',
    address: request.ip,
  });
