import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { deleteDownload } from '../../../acts/downloads/delete.ts';
import { uploadDownloads } from '../../../acts/downloads/upload.ts';
import { viewDownload, viewDownloads } from '../../../acts/downloads/view.ts';
import { accountOf, type Grant } from '../../../gate/index.ts';
import type { Problem } from '../../../problem.ts';
import type { Services } from '../../../services.ts';
import { addAskerConstraint } from '../../shared/asker.ts';
import { DOWNLOADS, sendDownload } from '../../shared/downloads.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { formOf, takeUploads } from '../../shared/uploads.ts';
import { confirmBody } from '../pieces/index.ts';
import { orShowAgain, redirectTo, sendPage, statusOf } from '../respond.ts';
import { bytesRoute, pageRoute, parameter, queryPage, type PagesOptions } from '../route.ts';
import { deleteQuestion, downloadsBody } from './downloads-view.ts';
import { repositoryPage } from './frame.ts';
import { linksOf } from './links.ts';
import { orMissing } from './missing.ts';

const MANY = '/:workspace/:repository/downloads';

/** Files beside a repository: the list, fetching one, deleting one. Programs have a route of their own for the bytes. */
export function downloadPages(app: FastifyInstance, { services }: PagesOptions): void {
  addAskerConstraint(app);
  app.get(MANY, pageRoute('download.read', toRepository), (request, reply) =>
    show(services, request, reply, grantOf(request, 'download.read')),
  );

  app.route({
    method: ['GET', 'HEAD'],
    url: DOWNLOADS,
    ...bytesRoute('download.read', toRepository),
    constraints: { asker: 'browser' },
    handler: (request, reply) => {
      const place = { facts: grantOf(request, 'download.read').targets[0], section: 'downloads' } as const;
      return orMissing(services, request, reply, place, () => sendDownload(services, request, reply));
    },
  });

  app.get(`${DOWNLOADS}/delete`, pageRoute('download.delete', toRepository), (request, reply) => {
    const grant = grantOf(request, 'download.delete');
    const [facts] = grant.targets;
    return orMissing(services, request, reply, { facts, section: 'downloads' }, async () => {
      const download = await viewDownload(services, grant, parameter(request, 'download'));
      const body = confirmBody(deleteQuestion(download, linksOf(facts)));
      return sendPage(
        services,
        request,
        reply,
        repositoryPage(facts, 'downloads', { title: 'Delete', body }),
      );
    });
  });

  app.post(`${DOWNLOADS}/delete`, pageRoute('download.delete', toRepository), (request, reply) => {
    const grant = grantOf(request, 'download.delete');
    const [facts] = grant.targets;
    return orMissing(services, request, reply, { facts, section: 'downloads' }, async () => {
      await deleteDownload(services, grant, parameter(request, 'download'));
      return redirectTo(services, request, reply, linksOf(facts).downloads(), 'download-deleted');
    });
  });
}

/** Wants a scope of its own: no other page takes files. */
export function uploadPage(app: FastifyInstance, { services }: PagesOptions): void {
  takeUploads(app, services);
  app.post(MANY, pageRoute('download.write', toRepository), (request, reply) => {
    const grant = grantOf(request, 'download.write');
    return orShowAgain(
      async () => {
        await uploadDownloads(services, grant, formOf(request)?.files ?? []);
        const { downloads } = linksOf(grant.targets[0]);
        return redirectTo(services, request, reply, downloads(), 'downloads-uploaded');
      },
      (problem) => show(services, request, reply, grant, problem),
    );
  });
}

async function show(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  grant: Grant<'download.read'> | Grant<'download.write'>,
  problem?: Problem,
): Promise<FastifyReply> {
  const [facts] = grant.targets;
  const mayWrite = facts.role === 'write' || facts.role === 'admin';
  const user = accountOf(grant.principal)?.username ?? '';
  const { workspace, slug } = facts;
  const body = downloadsBody({
    links: linksOf(facts),
    downloads: await viewDownloads(services, grant),
    page: queryPage(request),
    upload: mayWrite
      ? {
          command: `curl -u ${user} -F files=@FILE ${services.publicUrl}/2.0/repositories/${workspace.slug}/${slug}/downloads`,
          limit: services.uploadBytes,
        }
      : null,
    problem,
    now: new Date(services.clock()),
  });
  const page = repositoryPage(facts, 'downloads', { title: 'Downloads', body });
  return sendPage(services, request, reply, page, problem === undefined ? 200 : statusOf(problem));
}
