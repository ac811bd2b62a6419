import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { browseDirectory } from '../../../acts/browse/directory.ts';
import { readContent } from '../../../acts/browse/file.ts';
import { lookBehind } from '../../../acts/lfs/behind-pointer.ts';
import { viewOverview, viewRefNames } from '../../../acts/browse/overview.ts';
import { viewRepository } from '../../../acts/repositories/view.ts';
import { viewCommit } from '../../../acts/source/commits.ts';
import { locate, openFile, type Location } from '../../../acts/source/files.ts';
import { accountOf, type Grant } from '../../../gate/index.ts';
import type { Services } from '../../../services.ts';
import { sendContent } from '../../shared/send-content.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { html, type Html, type Renderable } from '../html.ts';
import { cloneBox } from '../pieces/index.ts';
import { places } from '../places.ts';
import { besideBranches, branchLinks } from '../pull-requests/beside-source.ts';
import { sendPage } from '../respond.ts';
import { visibleText } from '../visible.ts';
import { bytesRoute, pageRoute, parameter, queryPage, queryText, type PagesOptions } from '../route.ts';
import { authorsOf } from './authors.ts';
import { directoryBody, ENTRIES_PER_PAGE } from './directory-view.ts';
import { emptyRepositoryBody } from './empty-view.ts';
import { fileBody } from './file-view.ts';
import { repositoryPage } from './frame.ts';
import { sshCloneAddress } from '../../shared/clone-address.ts';
import { cloneAddresses, linksOf } from './links.ts';
import { orMissing } from './missing.ts';
import { disposition, rawType } from './raw-type.ts';
import { sendBytes } from './send-bytes.ts';
import { isDocument, layOut, shownFile } from './shown-file.ts';
import { commitLineOf } from './words.ts';

const REFS_IN_MENU = 50;

/** Files and folders of a repository, as pages and as bytes. */
export function sourcePages(app: FastifyInstance, { services }: PagesOptions): void {
  const route = pageRoute('source.read', toRepository);
  app.get('/:workspace/:repository', route, (request, reply) => showRoot(services, request, reply));
  app.get('/:workspace/:repository/src', route, (request, reply) => showRoot(services, request, reply));
  app.get('/:workspace/:repository/src/*', route, (request, reply) =>
    showPlace(services, request, reply, parameter(request, '*')),
  );
  app.get(
    '/:workspace/:repository/raw/*',
    bytesRoute('source.read', toRepository),
    async (request, reply) => {
      const grant = grantOf(request, 'source.read');
      const { entry } = await locate(services, grant, parameter(request, '*'));
      const { content, bytes } = await lookBehind(services, grant, entry);
      if (content !== undefined) {
        const { contentType, attachment } = rawType(entry.path, !/\.svg$/i.test(entry.path));
        void reply.type(contentType).header('content-disposition', disposition(entry.path, attachment));
        const sending = { stalledMs: services.stalledClientMs, claimUse: async () => {} };
        return sendContent(request, reply, content, sending);
      }
      return sendBytes(reply, entry.path, await openFile(services, grant, entry, bytes));
    },
  );
}

async function showRoot(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const grant = grantOf(request, 'source.read');
  const { branch, headBranch } = await viewOverview(services, grant);
  if (branch !== null) return showPlace(services, request, reply, branch);
  const [facts] = grant.targets;
  const repository = await viewRepository(services, grant);
  const mayPush = facts.role === 'write' || facts.role === 'admin';
  const body = emptyRepositoryBody({
    name: repository.name,
    description: repository.description,
    slug: facts.slug,
    address: addressesFor(services, grant).repository,
    branch: headBranch,
    mayPush,
    newTokenHref: facts.role === 'admin' ? linksOf(facts).newAccessToken : undefined,
  });
  const page = { title: repository.name, body, width: 'reading' } as const;
  return sendPage(services, request, reply, repositoryPage(facts, 'source', page));
}

async function showPlace(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  text: string,
): Promise<FastifyReply> {
  const grant = grantOf(request, 'source.read');
  const place = { facts: grant.targets[0], section: 'source' } as const;
  return orMissing(services, request, reply, place, async () => {
    const location = await locate(services, grant, text);
    return location.entry.kind === 'directory'
      ? showDirectory(services, request, reply, location)
      : showFile(services, request, reply, location);
  });
}

async function showDirectory(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  location: Location,
): Promise<FastifyReply> {
  const grant = grantOf(request, 'source.read');
  const [facts] = grant.targets;
  const links = linksOf(facts);
  const { revision, entry } = location;
  const page = queryPage(request);
  const [repository, names, directory] = await Promise.all([
    viewRepository(services, grant),
    viewRefNames(services, grant, REFS_IN_MENU),
    browseDirectory(services, grant, location, {
      offset: (page - 1) * ENTRIES_PER_PAGE,
      limit: ENTRIES_PER_PAGE,
    }),
  ]);
  const now = new Date(services.clock());
  const body = directoryBody({
    links,
    repository,
    names,
    revision,
    path: entry.path,
    directory,
    page,
    tip: entry.path === '' ? await tipOf(services, grant, location.commit, now) : undefined,
    readme: await readmeOf(services, grant, location, directory.readme),
    clone: cloneMenu(services, grant),
    pullRequests:
      entry.path === '' && names.branches.some(({ name }) => name === revision)
        ? await linksBeside(services, request, grant, revision)
        : undefined,
    now,
  });
  const title = entry.path === '' ? repository.name : entry.path;
  return sendPage(services, request, reply, repositoryPage(facts, 'source', { title, body }));
}

async function linksBeside(
  services: Services,
  request: FastifyRequest,
  grant: Grant<'source.read'>,
  name: string,
): Promise<Renderable> {
  const { branch } = await viewOverview(services, grant);
  return name === branch
    ? undefined
    : branchLinks(linksOf(grant.targets[0]), name, await besideBranches(services, request, [name]), 'whole');
}

async function tipOf(services: Services, grant: Grant<'source.read'>, id: string, now: Date) {
  const commit = await viewCommit(services, grant, id);
  const authors = await authorsOf(services, grant, [commit]);
  return commitLineOf(commit, linksOf(grant.targets[0]), { now, authors });
}

async function readmeOf(
  services: Services,
  grant: Grant<'source.read'>,
  { revision, entry: directory }: Location,
  readme: Location['entry'] | undefined,
): Promise<{ readonly name: string; readonly body: Html } | undefined> {
  if (readme === undefined) return undefined;
  const content = await readContent(services, grant, readme);
  if (content.kind !== 'text') return undefined;
  const links = linksOf(grant.targets[0]);
  const body = isDocument(readme.name)
    ? await layOut(content.text, links, revision, directory.path)
    : html`<div class="markdown"><pre tabindex="0">${visibleText(content.text)}</pre></div>`;
  return { name: readme.name, body };
}

async function showFile(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  location: Location,
): Promise<FastifyReply> {
  const grant = grantOf(request, 'source.read');
  const [facts] = grant.targets;
  const { revision, entry } = location;
  const wantsSource = queryText(request, 'view') === 'source';
  const [names, file] = await Promise.all([
    viewRefNames(services, grant, REFS_IN_MENU),
    shownFile(services, grant, location, wantsSource),
  ]);
  const laidOut = file.kind === 'document';
  const body = fileBody({
    links: linksOf(facts),
    slug: facts.slug,
    names,
    revision,
    path: entry.path,
    file,
    executable: entry.kind === 'executable',
    view: laidOut ? 'laid-out' : file.kind === 'code' && isDocument(entry.name) ? 'source' : undefined,
  });
  const page = { title: `${entry.path} at ${revision}`, body };
  return sendPage(services, request, reply, repositoryPage(facts, 'source', page));
}

function addressesFor(services: Services, grant: Grant<'source.read'>) {
  return cloneAddresses(services.publicUrl, grant.targets[0], accountOf(grant.principal)?.username);
}

function cloneMenu(services: Services, grant: Grant<'source.read'>): Html {
  const [facts] = grant.targets;
  const addresses = addressesFor(services, grant);
  return cloneBox({
    lines: [
      { label: 'Clone with HTTPS', text: `git clone ${addresses.repository}` },
      ...(services.ssh === null
        ? []
        : [{ label: 'Clone with SSH', text: `git clone ${sshCloneAddress(services.ssh.url, facts)}` }]),
      ...(facts.hasWiki
        ? [{ label: 'Clone the wiki', text: `git clone ${addresses.wiki} ${facts.slug}-wiki` }]
        : []),
    ],
    help:
      accountOf(grant.principal) === null
        ? !facts.isPrivate && 'Anybody can clone this repository without signing in.'
        : html`Where Git asks for a password, give it an <a href="${places.appPasswords}">app password</a>.${
            services.ssh !== null && html` SSH takes an <a href="${places.sshKeys}">SSH key</a>.`
          }`,
  });
}
