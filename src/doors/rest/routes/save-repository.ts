import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { changeRepository, type RepositoryChanges } from '../../../acts/repositories/change.ts';
import { createRepository } from '../../../acts/repositories/create.ts';
import { renamed } from '../../../acts/repositories/rename.ts';
import { viewRepository, viewRepositoryData } from '../../../acts/repositories/view.ts';
import { enter, readAuthorization, type EntryRequest } from '../../../entry/index.ts';
import { Refused, type OperationName } from '../../../gate/index.ts';
import { invalid } from '../../../problem.ts';
import { enterToMove } from '../../shared/enter-to-move.ts';
import { decideBehindBody, grantOf, toRepository, toWorkspace } from '../../shared/policy.ts';
import { answers, policy, RepositoryParameters, type Api, type Context } from '../api.ts';
import { ErrorEnvelope } from '../envelope.ts';
import { Repository, repositoryObject } from '../objects/repository.ts';
import { fieldsParameter } from '../paging.ts';
import { cloneUser } from './repositories.ts';

/** True, false, or either as a form sends it. */
const flag = z.union([
  z.boolean(),
  z.enum(['true', 'false', 'True', 'False', '1', '0']).transform((text) => /^(?:true|1)$/i.test(text)),
]);

/** No project has a control character in its name, and a database may not take one. */
const projectName = z.string().regex(/^\P{Cc}{1,100}$/u, 'Name the project by its key or its {uuid}.');

const RepositoryBody = z
  .object({
    scm: z.literal('git', 'Only Git repositories are served: scm is "git".').optional(),
    name: z.string().optional(),
    description: z.string().optional(),
    website: z.string().nullable().optional(),
    language: z.string().optional(),
    is_private: flag.optional(),
    has_wiki: flag.optional(),
    fork_policy: z.enum(['allow_forks', 'no_public_forks', 'no_forks']).optional(),
    project: z
      .object({ key: projectName.optional(), uuid: projectName.optional() })
      .optional()
      .describe('By key or {uuid}; the oldest project when none is given.'),
    mainbranch: z.object({ name: z.string() }).nullable().optional(),
  })
  .nullish()
  .transform((body) => body ?? {})
  .meta({ description: 'A repository, or the parts of it that are to change.' });

type Body = z.infer<typeof RepositoryBody>;

export function addCreateRoute(app: Api, context: Context): void {
  app.post(
    '/repositories/:workspace/:repository',
    {
      config: policy('repository.create', toWorkspace),
      schema: {
        summary: 'Create a repository',
        description: 'Private unless is_private is false. The slug is taken from the address.',
        params: RepositoryParameters,
        querystring: z.object({ fields: fieldsParameter }),
        body: RepositoryBody,
        response: answers(Repository),
      },
    },
    async (request) => create(context, request, request.params.repository, request.body),
  );
}

/**
 * PUT changes a repository and makes one where there is none: two operations, so it enters by itself. Whoever may do
 * neither hears what they would have heard of the change.
 */
export function addSaveRoute(app: Api, context: Context): void {
  const { services, linksOf } = context;
  app.put(
    '/repositories/:workspace/:repository',
    {
      config: policy('repository.update', toRepository),
      schema: {
        summary: 'Change a repository, or create it where there is none',
        description:
          'Changes what is given and leaves the rest. A new name changes the slug as well; to another project only an owner of the workspace moves a repository.',
        params: RepositoryParameters,
        querystring: z.object({ fields: fieldsParameter }),
        body: RepositoryBody,
        response: { 200: Repository, 201: Repository, default: ErrorEnvelope },
      },
    },
    async (request, reply) => {
      const { body, params } = request;
      if (request.admittedFor === 'repository.create') {
        return reply.code(201).send(await create(context, request, params.repository, body));
      }
      const grant = grantOf(request, 'repository.update');
      const before = await viewRepository(services, grant);
      const after = await changeRepository(services, grant, {
        ...changesFrom(body),
        ...(request.admittedMove !== null && { move: request.admittedMove }),
        ...(body.name !== undefined && renamed(before, body.name)),
      });
      const data = await viewRepositoryData(services, grant);
      const shown = repositoryObject(linksOf(request), after, data, cloneUser(grant.principal));
      if (after.slug !== before.slug) reply.header('location', shown.links.self.href);
      return reply.code(200).send(shown);
    },
  );
}

/** Admits a PUT to the change of the repository, or to making it where there is none for whoever asks. */
export function enterToSave(app: FastifyInstance, { services }: Context): void {
  app.addHook('onRequest', async (request: FastifyRequest, _reply: FastifyReply) => {
    const parameters = request.params as Record<string, string>;
    const common = {
      presented: readAuthorization(request.headers.authorization),
      surface: 'rest',
      address: request.ip,
      agent: request.headers['user-agent'],
    } as const;
    const admit = async <Op extends OperationName>(
      asked: Pick<EntryRequest<Op>, 'operation' | 'targets'>,
    ) => {
      request.admitted = await enter(services, { ...common, ...asked });
    };
    try {
      await admit({ operation: 'repository.update', targets: toRepository(parameters) });
    } catch (refused) {
      if (!(refused instanceof Refused) || refused.refusal.code !== 'target_missing') throw refused;
      try {
        await admit({ operation: 'repository.create', targets: toWorkspace(parameters) });
        request.admittedFor = 'repository.create';
      } catch (second) {
        throw second instanceof Refused ? refused : second;
      }
    }
  });
  app.decorateRequest('admittedMove', null);
  // Before the request is counted as a use: the last one would refuse itself.
  app.addHook('preHandler', async (request) => {
    if (request.admittedFor === 'repository.create') return;
    const named = projectIn(request.body as Body);
    request.admittedMove =
      (await enterToMove(services, grantOf(request, 'repository.update'), named)) ?? null;
  });
  decideBehindBody(app, services, 'rest', (request, { operation }) => request.admittedFor ?? operation);
}

async function create({ services, linksOf }: Context, request: FastifyRequest, slug: string, body: Body) {
  const grant = grantOf(request, 'repository.create');
  const { mainBranch: _mainBranch, ...input } = changesFrom(body);
  const project = projectIn(body);
  const made = await createRepository(services, grant, {
    ...input,
    slug,
    ...(project !== undefined && { project }),
    ...(body.name !== undefined && { name: body.name }),
  });
  return repositoryObject(linksOf(request), made, { mainBranch: null, size: 0 }, cloneUser(grant.principal));
}

function projectIn({ project }: Body): string | undefined {
  if (project !== undefined && project.key === undefined && project.uuid === undefined) {
    throw invalid('project', 'Name the project by its key or its uuid.');
  }
  return project?.key ?? project?.uuid;
}

function changesFrom(body: Body): Omit<RepositoryChanges, 'name' | 'slug' | 'move'> {
  return {
    ...(body.description !== undefined && { description: body.description }),
    ...(body.website !== undefined && { website: body.website ?? '' }),
    ...(body.language !== undefined && { language: body.language }),
    ...(body.is_private !== undefined && { isPrivate: body.is_private }),
    ...(body.has_wiki !== undefined && { hasWiki: body.has_wiki }),
    ...(body.fork_policy !== undefined && { forkPolicy: body.fork_policy }),
    ...(body.mainbranch != null && { mainBranch: body.mainbranch.name }),
  };
}
