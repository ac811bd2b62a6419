import type { FastifyInstance } from 'fastify';
import type { PagesOptions } from '../route.ts';

/** The pages of one repository. */
export async function repositoryPages(_app: FastifyInstance, _options: PagesOptions): Promise<void> {}
