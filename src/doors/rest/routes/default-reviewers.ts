import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  dropDefaultReviewer,
  listDefaultReviewers,
  nameDefaultReviewer,
  viewDefaultReviewer,
} from '../../../acts/pull-requests/default-reviewers.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { answers, policy, RepositoryParameters, type Api, type Context } from '../api.ts';
import { ErrorEnvelope } from '../envelope.ts';
import { User, userObject } from '../objects/account.ts';
import { fieldsParameter, numberedPage, pageOf, pageParameters, readWindow, slicePage } from '../paging.ts';

/** A default reviewer, and whose they are: here they are all those of the repository. */
const EffectiveDefaultReviewer = z
  .object({ type: z.literal('default_reviewer'), reviewer_type: z.literal('repository'), user: User })
  .meta({ id: 'EffectiveDefaultReviewer' });

const One = z.object({ fields: fieldsParameter });
const UserParameters = RepositoryParameters.extend({ user: z.string().describe('{uuid}, or account id.') });

/** Who is to review each new pull request: whoever creates one names them. */
export function addDefaultReviewerRoutes(app: Api, { services, linksOf }: Context): void {
  const base = '/repositories/:workspace/:repository/default-reviewers';
  const listing = policy('default_reviewer.list', toRepository);
  const changing = policy('default_reviewer.change', toRepository);
  const pageOfReviewers = async <Shown>(
    request: FastifyRequest<{ Querystring: { page?: string | undefined; pagelen?: string | undefined } }>,
    show: (user: z.input<typeof User>) => Shown,
  ) => {
    const window = readWindow(request.query);
    const reviewers = await listDefaultReviewers(services, grantOf(request, 'default_reviewer.list'));
    const values = slicePage(reviewers, window).map((each) => show(userObject(linksOf(request), each)));
    return numberedPage(services.publicUrl, request, window, reviewers.length, values);
  };

  app.get(
    base,
    {
      config: listing,
      schema: {
        summary: 'The default reviewers of a repository',
        params: RepositoryParameters,
        querystring: z.object(pageParameters),
        response: answers(pageOf(User)),
      },
    },
    (request) => pageOfReviewers(request, (user) => user),
  );

  app.get(
    '/repositories/:workspace/:repository/effective-default-reviewers',
    {
      config: listing,
      schema: {
        summary: 'The default reviewers of a repository, and whose they are',
        description: 'Projects have none here: they are those of the repository.',
        params: RepositoryParameters,
        querystring: z.object(pageParameters),
        response: answers(pageOf(EffectiveDefaultReviewer)),
      },
    },
    (request) =>
      pageOfReviewers(request, (user) => ({
        type: 'default_reviewer' as const,
        reviewer_type: 'repository' as const,
        user,
      })),
  );

  app.get(
    `${base}/:user`,
    {
      config: listing,
      schema: {
        summary: 'One default reviewer of a repository',
        params: UserParameters,
        querystring: One,
        response: answers(User),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'default_reviewer.list');
      return userObject(linksOf(request), await viewDefaultReviewer(services, grant, request.params.user));
    },
  );

  app.put(
    `${base}/:user`,
    {
      config: changing,
      schema: {
        summary: 'Make somebody a default reviewer of a repository',
        description: 'Somebody with a role on the repository. No body is looked at.',
        params: UserParameters,
        querystring: One,
        response: answers(User),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'default_reviewer.change');
      return userObject(linksOf(request), await nameDefaultReviewer(services, grant, request.params.user));
    },
  );

  app.delete(
    `${base}/:user`,
    {
      config: changing,
      schema: {
        summary: 'Take somebody from the default reviewers of a repository',
        params: UserParameters,
        response: { 204: z.undefined().describe('They are none any more.'), default: ErrorEnvelope },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request, 'default_reviewer.change');
      await dropDefaultReviewer(services, grant, request.params.user);
      return reply.code(204).send(undefined);
    },
  );
}
