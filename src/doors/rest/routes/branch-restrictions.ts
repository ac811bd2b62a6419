import { z } from 'zod';
import {
  changeRestriction,
  createRestriction,
  deleteRestriction,
  type RestrictionInput,
} from '../../../acts/restrictions/change.ts';
import { RESTRICTION_KINDS } from '../../../acts/restrictions/choices.ts';
import { noSuchRestriction, viewRestriction, viewRestrictions } from '../../../acts/restrictions/view.ts';
import { invalid } from '../../../problem.ts';
import { grantOf, toRepository } from '../../shared/policy.ts';
import { answers, policy, RepositoryParameters, type Api, type Context } from '../api.ts';
import { ErrorEnvelope } from '../envelope.ts';
import { BranchRestriction, branchRestrictionObject } from '../objects/branch-restriction.ts';
import { numberedPage, pageOf, pageParameters, readWindow, repeatable, slicePage } from '../paging.ts';

const User = z.object({
  uuid: z.string().optional(),
  account_id: z.string().optional(),
  username: z.string().optional(),
  nickname: z.string().optional(),
});
const Group = z.object({ slug: z.string().optional(), full_slug: z.string().optional() });

/** What clients send back of a rule that they read passes: names that are not here are ignored. */
const Body = z
  .object({
    kind: z.string().optional(),
    branch_match_kind: z.enum(['glob', 'branching_model']).nullish(),
    pattern: z.string().nullish(),
    value: z.number().nullish(),
    users: z.array(User).nullish(),
    groups: z.array(Group).nullish(),
    access_tokens: z.array(z.string()).nullish(),
  })
  .nullish()
  .transform((body) => body ?? {})
  .meta({
    description:
      'A rule, or the parts of it that are to change. A value is a whole number, of kinds that count something. Users by uuid, account_id or username; groups by slug; access tokens by public id.',
  });

const One = z.object({ fields: repeatable });
const IdParameters = RepositoryParameters.extend({ id: z.string().describe('Number of the rule.') });

/** Rules about who may move which branches, and what merging into them takes. */
export function addBranchRestrictionRoutes(app: Api, { services, linksOf }: Context): void {
  const listing = policy('restriction.list', toRepository);
  const changing = policy('restriction.change', toRepository);

  app.get(
    '/repositories/:workspace/:repository/branch-restrictions',
    {
      config: listing,
      schema: {
        summary: 'The branch restrictions of a repository',
        params: RepositoryParameters,
        querystring: z.object({
          ...pageParameters,
          kind: z.string().optional().describe('Those of this kind.'),
          pattern: z.string().optional().describe('Those with exactly this pattern.'),
        }),
        response: answers(pageOf(BranchRestriction)),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'restriction.list');
      const window = readWindow(request.query);
      const { kind, pattern } = request.query;
      const rules = await viewRestrictions(services, grant, {
        ...(kind !== undefined && { kind }),
        ...(pattern !== undefined && { pattern }),
      });
      const values = slicePage(rules, window).map((rule) =>
        branchRestrictionObject(linksOf(request), grant.targets[0], rule),
      );
      return numberedPage(services.publicUrl, request, window, rules.length, values);
    },
  );

  app.post(
    '/repositories/:workspace/:repository/branch-restrictions',
    {
      config: changing,
      schema: {
        summary: 'Make a branch restriction',
        description: `Kinds: ${RESTRICTION_KINDS.join(', ')}. There is one rule of a kind for a pattern. Which access tokens a rule lets through is for people to say.`,
        params: RepositoryParameters,
        querystring: One,
        body: Body,
        response: { 201: BranchRestriction, default: ErrorEnvelope },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request, 'restriction.change');
      const { kind, pattern, ...rest } = inputFrom(request.body);
      if (kind === undefined) throw invalid('kind', 'This field is required.');
      if (pattern === undefined) throw invalid('pattern', 'This field is required.');
      const rule = await createRestriction(services, grant, { kind, pattern, ...rest });
      const shown = branchRestrictionObject(linksOf(request), grant.targets[0], rule);
      return reply.code(201).header('location', shown.links.self.href).send(shown);
    },
  );

  app.get(
    '/repositories/:workspace/:repository/branch-restrictions/:id',
    {
      config: listing,
      schema: {
        summary: 'One branch restriction',
        params: IdParameters,
        querystring: One,
        response: answers(BranchRestriction),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'restriction.list');
      const rule = await viewRestriction(services, grant, numberOf(request.params.id));
      return branchRestrictionObject(linksOf(request), grant.targets[0], rule);
    },
  );

  app.put(
    '/repositories/:workspace/:repository/branch-restrictions/:id',
    {
      config: changing,
      schema: {
        summary: 'Change a branch restriction',
        description: 'Changes what is given and leaves the rest.',
        params: IdParameters,
        querystring: One,
        body: Body,
        response: answers(BranchRestriction),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'restriction.change');
      const input = inputFrom(request.body);
      const rule = await changeRestriction(services, grant, numberOf(request.params.id), input);
      return branchRestrictionObject(linksOf(request), grant.targets[0], rule);
    },
  );

  app.delete(
    '/repositories/:workspace/:repository/branch-restrictions/:id',
    {
      config: changing,
      schema: {
        summary: 'Delete a branch restriction',
        params: IdParameters,
        response: { 204: z.undefined().describe('It is gone.'), default: ErrorEnvelope },
      },
    },
    async (request, reply) => {
      await deleteRestriction(services, grantOf(request, 'restriction.change'), numberOf(request.params.id));
      return reply.code(204).type('text/plain; charset=utf-8').send(undefined);
    },
  );
}

/** Ids are numbers that fit the database; anything else names nothing. */
function numberOf(id: string): number {
  if (!/^\d{1,9}$/.test(id)) throw noSuchRestriction();
  return Number(id);
}

function inputFrom(body: z.output<typeof Body>): Partial<RestrictionInput> {
  const { kind, branch_match_kind: matching, pattern, value, users, groups, access_tokens: tokens } = body;
  if (matching === 'branching_model') {
    throw invalid(
      'branch_match_kind',
      'This host has no branching model: use "glob", with a pattern such as release/*.',
    );
  }
  return {
    ...(kind !== undefined && { kind }),
    ...(pattern != null && { pattern }),
    ...(value != null && { value }),
    ...(users != null && { users: users.map(userName) }),
    ...(groups != null && { groups: groups.map(groupName) }),
    ...(tokens != null && { accessTokens: tokens }),
  };
}

function userName({ uuid, account_id: accountId, username, nickname }: z.infer<typeof User>): string {
  const name = uuid ?? accountId ?? username ?? nickname;
  if (name === undefined) throw invalid('users', 'Name each user by uuid, account_id or username.');
  return name;
}

function groupName({ slug, full_slug: fullSlug }: z.infer<typeof Group>): string {
  const name = fullSlug ?? slug;
  if (name === undefined) throw invalid('groups', 'Name each group by its slug.');
  return name;
}
