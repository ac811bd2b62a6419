import type { FastifyInstance } from 'fastify';
import type { PagesOptions } from '../route.ts';
import { sourcePages } from './source.ts';

/** The pages of one repository. */
export async function repositoryPages(app: FastifyInstance, options: PagesOptions): Promise<void> {
  sourcePages(app, options);
}
