import type { FastifyInstance } from 'fastify';
import type { PagesOptions } from '../../route.ts';
import { accessPages } from './access.ts';
import { accessKeyPages } from './access-keys.ts';
import { defaultReviewerPages } from './default-reviewers.ts';
import { generalPages } from './general.ts';
import { overviewPages } from './overview.ts';
import { removalPages } from './removal.ts';
import { restrictionPages } from './restrictions.ts';
import { webhookPages } from './webhooks.ts';
import { whoCanPages } from './who-can.ts';

const PAGES = [
  generalPages,
  accessPages,
  accessKeyPages,
  overviewPages,
  restrictionPages,
  whoCanPages,
  defaultReviewerPages,
  webhookPages,
  removalPages,
] as const;

/** The settings of one repository. */
export function settingsPages(app: FastifyInstance, options: PagesOptions): void {
  for (const pages of PAGES) pages(app, options);
}
