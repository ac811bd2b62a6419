import type { FastifyInstance } from 'fastify';
import type { PagesOptions } from '../route.ts';
import { changePages } from './change.ts';
import { commentPages } from './comments.ts';
import { contentPages } from './contents.ts';
import { declinePages } from './decline.ts';
import { pullRequestListPage } from './list.ts';
import { mergePages } from './merge.ts';
import { newPullRequestPages } from './new.ts';
import { overviewPage } from './overview.ts';
import { reviewPages } from './review.ts';
import { taskPages } from './tasks.ts';
import { threadPage } from './thread.ts';

const PAGES = [
  pullRequestListPage,
  newPullRequestPages,
  overviewPage,
  contentPages,
  threadPage,
  commentPages,
  taskPages,
  reviewPages,
  changePages,
  declinePages,
  mergePages,
] as const;

/** The pull requests of a repository: all of them, each with what is said of it, and what is done about it. */
export async function pullRequestPages(app: FastifyInstance, options: PagesOptions): Promise<void> {
  for (const pages of PAGES) pages(app, options);
}
