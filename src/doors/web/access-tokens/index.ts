import type { FastifyInstance } from 'fastify';
import type { PagesOptions } from '../route.ts';
import { accessTokenExplainPage } from './explain.ts';
import { accessTokenPages } from './list.ts';
import { accessTokenDetailPages } from './one.ts';
import { TOKEN_PLACES } from './places.ts';

/** Access tokens, in every place that has some. */
export async function everyAccessTokenPage(app: FastifyInstance, options: PagesOptions): Promise<void> {
  for (const pages of TOKEN_PLACES) {
    accessTokenPages(app, options, pages);
    accessTokenDetailPages(app, options, pages);
    accessTokenExplainPage(app, options, pages);
  }
}
