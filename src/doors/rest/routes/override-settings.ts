import { z } from 'zod';
import { viewRepository } from '../../../acts/repositories/view.ts';
import { invalid } from '../../../problem.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { answers, policy, RepositoryParameters, type Api, type Context } from '../api.ts';
import { ErrorEnvelope } from '../envelope.ts';
import { fieldsParameter } from '../paging.ts';

/** What a repository of Bitbucket Cloud may have of its own, and otherwise has from its project. */
const INHERITED = ['default_merge_strategy', 'branching_model'] as const;

const State = z
  .object({
    type: z.literal('repository_inheritance_state'),
    default_merge_strategy: z.literal(true),
    branching_model: z.literal(true),
  })
  .describe('True for what the repository has of its project.')
  .meta({ id: 'RepositoryInheritanceState' });

const Body = z
  .object({ default_merge_strategy: z.boolean().nullish(), branching_model: z.boolean().nullish() })
  .nullish()
  .transform((body) => body ?? {});

/**
 * Whether a repository overrides settings of its project: here none does, since there are neither merge strategies nor
 * branching models. Tools read it with each repository, and write what they read.
 */
export function addOverrideSettingsRoutes(app: Api, { services }: Context): void {
  const url = '/repositories/:workspace/:repository/override-settings';
  const config = policy('repository.update', toRepository);

  app.get(
    url,
    {
      config,
      schema: {
        summary: 'Which settings a repository has of its project: all',
        params: RepositoryParameters,
        querystring: z.object({ fields: fieldsParameter }),
        response: answers(State),
      },
    },
    async (request) => {
      await viewRepository(services, grantOf(request, 'repository.update'));
      return {
        type: 'repository_inheritance_state' as const,
        default_merge_strategy: true as const,
        branching_model: true as const,
      };
    },
  );

  app.put(
    url,
    {
      config,
      schema: {
        summary: 'Set which settings a repository has of its project: nothing but all',
        params: RepositoryParameters,
        body: Body,
        response: { 204: z.undefined().describe('It is so.'), default: ErrorEnvelope },
      },
    },
    async (request, reply) => {
      const own = INHERITED.find((setting) => request.body[setting] === false);
      if (own !== undefined)
        throw invalid(
          own,
          `This host has neither merge strategies nor branching models, so there is nothing to override: ${own} can only be true.`,
        );
      await viewRepository(services, grantOf(request, 'repository.update'));
      return reply.code(204).type('text/plain; charset=utf-8').send(undefined);
    },
  );
}
