import type { FastifyInstance } from 'fastify';
import type { Services } from '../../services.ts';

export async function gitHttpDoor(_app: FastifyInstance, _options: { readonly services: Services }): Promise<void> {}
