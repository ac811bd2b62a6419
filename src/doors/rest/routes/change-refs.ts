import { z } from 'zod';
import { viewRepository } from '../../../acts/repositories/view.ts';
import { createBranch, createTag, deleteRef } from '../../../acts/source/change-refs.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { policy, RepositoryParameters, type Api, type Context } from '../api.ts';
import { authorsOfRefs } from '../attribution.ts';
import { ErrorEnvelope } from '../envelope.ts';
import { Branch, branchObject, Tag, tagObject } from '../objects/ref.ts';
import { fieldsParameter } from '../paging.ts';
import { termsOf } from '../push-terms.ts';

const One = z.object({ fields: fieldsParameter });
const NameParameters = RepositoryParameters.extend({ '*': z.string().describe('Name, slashes and all.') });
const BranchBody = z
  .object({
    name: z.string().describe('Without refs/heads/.'),
    target: z.object({
      hash: z.string().describe('Of the commit, or the beginning of it; or a branch or tag.'),
    }),
  })
  .meta({ description: 'A branch that is to be.' });
const TagBody = BranchBody.extend({
  name: z.string().describe('Without refs/tags/.'),
  message: z.string().nullish().describe('What it says; else which commit it is of.'),
}).meta({ description: 'A tag that is to be.' });
const DELETIONS = [
  ['branch', '/repositories/:workspace/:repository/refs/branches/*', 'Delete a branch'],
  ['tag', '/repositories/:workspace/:repository/refs/tags/*', 'Delete a tag'],
] as const;

/** Branches and tags made and deleted: pushes of one ref each. */
export function addRefChangeRoutes(app: Api, { services, linksOf }: Context): void {
  app.post(
    '/repositories/:workspace/:repository/refs/branches',
    {
      config: policy('ref.create', toRepository),
      schema: {
        summary: 'Create a branch',
        description:
          'It is pushed: what confines pushes of the credential, and branch restrictions, hold for it.',
        params: RepositoryParameters,
        querystring: One,
        body: BranchBody,
        response: { 201: Branch, default: ErrorEnvelope },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request, 'ref.create');
      const { name, target } = request.body;
      const terms = termsOf(services, grant, reply);
      const ref = await createBranch(services, grant, { name, target: target.hash }, terms);
      const authors = await authorsOfRefs(services, grant, [ref]);
      const shown = branchObject(linksOf(request), await viewRepository(services, grant), ref, authors);
      return reply.code(201).header('location', shown.links.self.href).send(shown);
    },
  );

  app.post(
    '/repositories/:workspace/:repository/refs/tags',
    {
      config: policy('ref.create', toRepository),
      schema: {
        summary: 'Create an annotated tag',
        description: 'It is pushed: what confines pushes of the credential holds for it.',
        params: RepositoryParameters,
        querystring: One,
        body: TagBody,
        response: { 201: Tag, default: ErrorEnvelope },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request, 'ref.create');
      const { name, target, message } = request.body;
      const input = { name, target: target.hash, message: message ?? '' };
      const ref = await createTag(services, grant, input, termsOf(services, grant, reply));
      const authors = await authorsOfRefs(services, grant, [ref]);
      const shown = tagObject(linksOf(request), await viewRepository(services, grant), ref, authors);
      return reply.code(201).header('location', shown.links.self.href).send(shown);
    },
  );

  for (const [kind, url, summary] of DELETIONS) {
    app.delete(
      url,
      {
        config: { ...policy('repository.push', toRepository), wildcard: '{name}' },
        schema: {
          summary,
          description: 'It is pushed: what confines pushes of the credential holds for it.',
          params: NameParameters,
          response: { 204: z.undefined().describe('It is gone.'), default: ErrorEnvelope },
        },
      },
      async (request, reply) => {
        const grant = grantOf(request, 'repository.push');
        await deleteRef(services, grant, kind, request.params['*'], termsOf(services, grant, reply));
        return reply.code(204).type('text/plain; charset=utf-8').send(undefined);
      },
    );
  }
}
