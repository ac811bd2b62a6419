import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { homeOf, locateInWiki, readWikiPage, viewWiki } from '../../../acts/browse/wiki.ts';
import { openFile } from '../../../acts/source/files.ts';
import { accountOf } from '../../../gate/index.ts';
import type { Services } from '../../../services.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { html } from '../html.ts';
import { renderMarkdown } from '../markdown.ts';
import { sendPage } from '../respond.ts';
import { bytesRoute, pageRoute, parameter, type PagesOptions } from '../route.ts';
import { repositoryPage } from './frame.ts';
import { cloneAddresses, linksOf } from './links.ts';
import { orMissing } from './missing.ts';
import { folderOf, resolveIn } from './relative-address.ts';
import { sendBytes } from './send-bytes.ts';
import { emptyWikiBody, wikiBody } from './wiki-view.ts';

/** The pages of a repository's wiki, and the files they show. */
export function wikiPages(app: FastifyInstance, { services }: PagesOptions): void {
  const route = pageRoute('wiki.read', toRepository);
  app.get('/:workspace/:repository/wiki', route, (request, reply) => showPage(services, request, reply, ''));
  app.get('/:workspace/:repository/wiki/*', route, (request, reply) =>
    orMissing(services, request, reply, placeOf(request), () =>
      showPage(services, request, reply, parameter(request, '*')),
    ),
  );
  app.get(
    '/:workspace/:repository/wiki-raw/*',
    bytesRoute('wiki.read', toRepository),
    async (request, reply) => {
      const grant = grantOf(request, 'wiki.read');
      const entry = await locateInWiki(services, grant, parameter(request, '*'));
      return sendBytes(reply, entry.path, await openFile(services, grant, entry));
    },
  );
}

const placeOf = (request: FastifyRequest) =>
  ({ facts: grantOf(request, 'wiki.read').targets[0], section: 'wiki' }) as const;

/** @param name '' for the first page: Home or, without one, the list alone */
async function showPage(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
): Promise<FastifyReply> {
  const grant = grantOf(request, 'wiki.read');
  const [facts] = grant.targets;
  const links = linksOf(facts);
  const wiki = await viewWiki(services, grant);
  const address = cloneAddresses(services.publicUrl, facts, accountOf(grant.principal)?.username).wiki;
  const mayWrite = facts.role === 'write' || facts.role === 'admin';
  if (name === '' && wiki.pages.length === 0) {
    const body = emptyWikiBody({ address, slug: facts.slug, mayWrite });
    return sendPage(
      services,
      request,
      reply,
      repositoryPage(facts, 'wiki', { title: 'Wiki', body, width: 'reading' }),
    );
  }
  const wanted = name === '' ? homeOf(wiki)?.name : name;
  const shown = wanted === undefined ? undefined : await readWikiPage(services, grant, wiki, wanted);
  const known = new Map(wiki.pages.map((page) => [page.path.toLowerCase(), page.name]));
  const pageAt = (path: string) => known.get(path.toLowerCase()) ?? known.get(`${path}.md`.toLowerCase());
  const resolve = resolveIn({
    folder: shown === undefined ? '' : folderOf(shown.path),
    link: (path) => (path === '' ? links.wiki : linkTo(path, pageAt(path))),
    image: links.wikiRaw,
  });
  // What has an ending and is no page is a file beside the pages; everything else is a page, there or still to be written.
  function linkTo(path: string, page: string | undefined): string {
    if (page !== undefined) return links.wikiPage(page);
    return /\.[a-z0-9]{1,5}$/i.test(path) ? links.wikiRaw(path) : links.wikiPage(path);
  }
  // A page that begins with a heading brings its own title.
  const hasTitle = shown?.content.kind === 'text' && /^\s*# \S/.test(shown.content.text);
  const body = wikiBody({
    links,
    pages: wiki.pages,
    cut: wiki.cut,
    shown: shown && {
      ...shown,
      hasTitle,
      body:
        shown.content.kind === 'text'
          ? await renderMarkdown(shown.content.text, { resolve, headingOffset: hasTitle ? 0 : 1 })
          : html`<p>This page cannot be laid out. <a href="${links.wikiRaw(shown.path)}">Open its file</a></p>`,
    },
    address,
    now: new Date(services.clock()),
  });
  const title = shown === undefined ? 'Wiki' : `${shown.name} · Wiki`;
  return sendPage(services, request, reply, repositoryPage(facts, 'wiki', { title, body }));
}
