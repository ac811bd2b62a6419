import type { FastifyInstance } from 'fastify';
import type { Services } from '../../services.ts';

export async function webDoor(
  _app: FastifyInstance,
  _options: { readonly services: Services },
): Promise<void> {}
