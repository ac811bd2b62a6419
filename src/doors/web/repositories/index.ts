import type { FastifyInstance } from 'fastify';
import type { PagesOptions } from '../route.ts';
import { archivePages } from './archives.ts';
import { cloneAddressPages } from './clone-addresses.ts';
import { commitPages } from './commits.ts';
import { downloadPages, uploadPage } from './downloads.ts';
import { refPages } from './refs.ts';
import { settingsPages } from './settings/index.ts';
import { sourcePages } from './source.ts';
import { wikiPages } from './wiki.ts';

/** The pages of one repository. */
export async function repositoryPages(app: FastifyInstance, options: PagesOptions): Promise<void> {
  for (const pages of [
    sourcePages,
    archivePages,
    commitPages,
    refPages,
    downloadPages,
    wikiPages,
    settingsPages,
    cloneAddressPages,
  ])
    pages(app, options);
  await app.register(async (scope) => uploadPage(scope, options));
}
