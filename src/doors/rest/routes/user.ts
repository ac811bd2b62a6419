import { z } from 'zod';
import { viewActor } from '../../../acts/accounts/actor.ts';
import { viewAccount } from '../../../acts/accounts/profile.ts';
import { listReachableWorkspaces } from '../../../acts/workspaces/workspaces.ts';
import { Problem } from '../../../problem.ts';
import { grantOf, toSelf } from '../../shared/policy.ts';
import { answers, policy, type Api, type Context } from '../api.ts';
import { braced } from '../links.ts';
import { AppUser, appUserObject, Email, emailObject, OwnUser, ownUserObject } from '../objects/account.ts';
import { Workspace, WorkspaceAccess, workspaceAccessObject, workspaceObject } from '../objects/workspace.ts';
import {
  fieldsParameter,
  filterParameters,
  numberedPage,
  pageOf,
  pageParameters,
  readWindow,
  slicePage,
  unsortable,
} from '../paging.ts';
import { parseFilter, passes, type FieldValue } from '../query-language.ts';

type ReachableWorkspace = Awaited<ReturnType<typeof listReachableWorkspaces>>[number];

const WORKSPACES_PAGELEN = 25;

const FIELDS: Readonly<Record<string, (workspace: ReachableWorkspace) => FieldValue>> = {
  slug: ({ slug }) => slug,
  name: ({ name }) => name,
  uuid: ({ id }) => braced(id),
  is_private: () => true,
  created_on: ({ createdAt }) => new Date(createdAt),
};
const SORTS = ['slug', 'name', 'created_on'];

const HOLDS: Readonly<
  Record<'owner' | 'collaborator' | 'member', (workspace: ReachableWorkspace) => boolean>
> = {
  owner: ({ isOwner }) => isOwner,
  collaborator: ({ pushes }) => pushes,
  member: () => true,
};

/** What a credential may know of the account that it belongs to. */
export function addUserRoutes(app: Api, { services, linksOf }: Context): void {
  app.get(
    '/user',
    {
      config: policy('account.view', toSelf),
      schema: {
        summary: 'The account behind the credential, or the app user of an OAuth consumer',
        querystring: z.object({ fields: fieldsParameter }),
        response: answers(z.union([OwnUser, AppUser])),
      },
    },
    async (request) => {
      const actor = await viewActor(services, grantOf(request, 'account.view'));
      return actor.type === 'account'
        ? ownUserObject(linksOf(request), actor.account)
        : appUserObject(linksOf(request), actor.appUser);
    },
  );

  app.get(
    '/user/emails',
    {
      config: policy('account.emails', toSelf),
      schema: {
        summary: 'The e-mail addresses of the account',
        querystring: z.object(pageParameters),
        response: answers(pageOf(Email)),
      },
    },
    async (request) => {
      const { email } = await viewAccount(services, grantOf(request, 'account.emails'));
      const window = readWindow(request.query);
      const values = slicePage([emailObject(linksOf(request), email)], window);
      return numberedPage(services.publicUrl, request, window, 1, values);
    },
  );

  app.get(
    '/user/emails/:email',
    {
      config: policy('account.emails', toSelf),
      schema: {
        summary: 'One e-mail address of the account',
        params: z.object({ email: z.string().describe('The address, in any case.') }),
        querystring: z.object({ fields: fieldsParameter }),
        response: answers(Email),
      },
    },
    async (request) => {
      const { email } = await viewAccount(services, grantOf(request, 'account.emails'));
      if (email.toLowerCase() !== request.params.email.toLowerCase()) {
        throw new Problem('not_found', 'Resource not found');
      }
      return emailObject(linksOf(request), email);
    },
  );

  app.get(
    '/user/workspaces',
    {
      config: policy('account.workspaces', toSelf),
      schema: {
        summary: 'The workspaces that the account belongs to or holds a role in',
        description: 'Filters: slug. Sorts by slug.',
        querystring: z.object({
          ...pageParameters,
          ...filterParameters,
          administrator: z.enum(['true', 'false']).optional(),
        }),
        response: answers(pageOf(WorkspaceAccess)),
      },
    },
    async (request) => {
      const { administrator } = request.query;
      const window = readWindow(request.query, WORKSPACES_PAGELEN);
      const choose = readChoice(request.query, ['slug'], ['slug']);
      const all = await listReachableWorkspaces(services, grantOf(request, 'account.workspaces'));
      const asked = choose(
        all.filter(({ isOwner }) => administrator === undefined || isOwner === (administrator === 'true')),
      );
      const values = slicePage(asked, window).map((workspace) =>
        workspaceAccessObject(linksOf(request), workspace),
      );
      return numberedPage(services.publicUrl, request, window, asked.length, values);
    },
  );

  app.get(
    '/workspaces',
    {
      config: policy('workspace.list', toSelf),
      schema: {
        summary: 'The same workspaces, in the form that Bitbucket Cloud no longer serves',
        description: `Filters: ${Object.keys(FIELDS).join(', ')}. Sorts by ${SORTS.join(', ')}.`,
        querystring: z.object({
          ...pageParameters,
          ...filterParameters,
          role: z.enum(['owner', 'collaborator', 'member']).optional(),
        }),
        response: answers(pageOf(Workspace)),
      },
    },
    async (request) => {
      const window = readWindow(request.query);
      const choose = readChoice(request.query, Object.keys(FIELDS), SORTS);
      const { role = 'member' } = request.query;
      const all = await listReachableWorkspaces(services, grantOf(request, 'workspace.list'));
      const asked = choose(all.filter(HOLDS[role]));
      const values = slicePage(asked, window).map((workspace) =>
        workspaceObject(linksOf(request), workspace),
      );
      return numberedPage(services.publicUrl, request, window, asked.length, values);
    },
  );
}

/** What a list of workspaces does with `q` and `sort`. Throws `Problem` for what it does not know. */
function readChoice(
  { q, sort = 'slug' }: { readonly q?: string | undefined; readonly sort?: string | undefined },
  fields: readonly string[],
  sorts: readonly string[],
): (all: readonly ReachableWorkspace[]) => ReachableWorkspace[] {
  const filter = q === undefined ? undefined : parseFilter(q, fields, ['created_on']);
  const by = sort.replace(/^-/, '');
  const value = sorts.includes(by) ? FIELDS[by] : undefined;
  if (value === undefined) throw unsortable(sort);
  const sign = sort.startsWith('-') ? -1 : 1;
  const compare = (a: ReachableWorkspace, b: ReachableWorkspace): number => {
    const [first, second] = [value(a) ?? '', value(b) ?? ''];
    return first < second ? -sign : first > second ? sign : 0;
  };
  return (all) =>
    all
      .filter(
        (workspace) => filter === undefined || passes(filter, (field) => FIELDS[field]?.(workspace) ?? null),
      )
      .toSorted(compare);
}
