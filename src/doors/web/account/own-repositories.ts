import type { FastifyRequest } from 'fastify';
import { listVisibleRepositories } from '../../../acts/repositories/view.ts';
import type { Services } from '../../../services.ts';
import { toHost } from '../../shared/policy.ts';
import { enterAlso } from '../enter-also.ts';

const SHOWN = 8;

/** Repositories on which the person holds a role, those changed last first, as `workspace/name`: what they are likely to mean. */
export async function ownRepositories(services: Services, request: FastifyRequest): Promise<string[]> {
  const grant = await enterAlso(services, request, 'repository.search', toHost());
  const { repositories } = await listVisibleRepositories(services, grant, {
    role: 'read',
    sort: { by: 'updated_at', descending: true },
    offset: 0,
    limit: SHOWN,
  });
  return repositories.map(({ workspace, slug }) => `${workspace.slug}/${slug}`);
}
