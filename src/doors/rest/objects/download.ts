import { z } from 'zod';
import type { Download as DownloadData, Uploader } from '../../../acts/downloads/view.ts';
import { isBotKind } from '../../../gate/index.ts';
import { timestamp, type Links } from '../links.ts';
import { AppUser, appUserObject, User, userObject } from './account.ts';
import { linksNamed, to } from './link.ts';
import type { RepositoryData } from './repository.ts';

export const Download = z
  .object({
    type: z.literal('download'),
    name: z.string(),
    size: z.number().int().describe('In bytes.'),
    created_on: z.string(),
    user: z.union([User, AppUser]).nullable().describe('Whoever uploaded it.'),
    downloads: z.number().int().describe('How often it was fetched, a few seconds ago.'),
    links: linksNamed('self'),
  })
  .meta({ id: 'Download' });

export const downloadObject = (
  links: Links,
  { workspace, slug }: Pick<RepositoryData, 'workspace' | 'slug'>,
  { name, size, createdAt, uploader, fetches }: DownloadData,
): z.input<typeof Download> => ({
  type: 'download',
  name,
  size,
  created_on: timestamp(createdAt),
  user: uploader && uploaderObject(links, uploader),
  downloads: fetches,
  links: { self: to(links.api('repositories', workspace.slug, slug, 'downloads', name)) },
});

function uploaderObject(links: Links, uploader: Uploader): z.input<typeof User> | z.input<typeof AppUser> {
  if (uploader.type === 'account') return userObject(links, uploader);
  const kind = uploader.kind !== null && isBotKind(uploader.kind) ? uploader.kind : 'oauth_consumer';
  return appUserObject(links, { ...uploader, kind });
}
