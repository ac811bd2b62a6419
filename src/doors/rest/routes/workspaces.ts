import { z } from 'zod';
import { viewMembers } from '../../../acts/workspaces/members.ts';
import { viewWorkspace } from '../../../acts/workspaces/workspaces.ts';
import { Problem } from '../../../problem.ts';
import { grantOf, toWorkspace } from '../../shared/policy.ts';
import { answers, policy, WorkspaceParameters, type Api, type Context } from '../api.ts';
import { braced } from '../links.ts';
import { membershipObject, Workspace, WorkspaceMembership, workspaceObject } from '../objects/workspace.ts';
import {
  filterParameters,
  numberedPage,
  pageOf,
  pageParameters,
  readWindow,
  fieldsParameter,
  slicePage,
} from '../paging.ts';
import { parseFilter, passes } from '../query-language.ts';

type Member = Awaited<ReturnType<typeof viewMembers>>[number];

/**
 * E-mail addresses are not among them, though Bitbucket lets owners and access tokens of a workspace ask by those: no key finds
 * out whose an address is, and people here have not proved theirs, so whoever gave rights away by one could be deceived.
 */
const MEMBER_FIELDS: Readonly<Record<string, (member: Member) => string>> = {
  'user.nickname': ({ account }) => account.username,
  'user.display_name': ({ account }) => account.displayName,
  'user.account_id': ({ account }) => account.accountId,
  'user.uuid': ({ account }) => braced(account.id),
};

export function addWorkspaceRoutes(app: Api, { services, linksOf }: Context): void {
  app.get(
    '/workspaces/:workspace',
    {
      config: policy('workspace.view', toWorkspace),
      schema: {
        summary: 'A workspace',
        params: WorkspaceParameters,
        querystring: z.object({ fields: fieldsParameter }),
        response: answers(Workspace),
      },
    },
    async (request) =>
      workspaceObject(linksOf(request), await viewWorkspace(services, grantOf(request, 'workspace.view'))),
  );

  app.get(
    '/workspaces/:workspace/members',
    {
      config: policy('workspace.members', toWorkspace),
      schema: {
        summary: 'The members of a workspace',
        description: 'Filters: user.nickname, user.display_name, user.account_id, user.uuid.',
        params: WorkspaceParameters,
        querystring: z.object({ ...pageParameters, q: filterParameters.q }),
        response: answers(pageOf(WorkspaceMembership)),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'workspace.members');
      const window = readWindow(request.query);
      const { q } = request.query;
      const filter = q === undefined ? undefined : parseFilter(q, Object.keys(MEMBER_FIELDS));
      const members = await viewMembers(services, grant);
      const asked =
        filter === undefined
          ? members
          : members.filter((member) => passes(filter, (field) => MEMBER_FIELDS[field]?.(member) ?? null));
      const [workspace] = grant.targets;
      const values = slicePage(asked, window).map((member) =>
        membershipObject(linksOf(request), workspace, member),
      );
      return numberedPage(services.publicUrl, request, window, asked.length, values);
    },
  );

  app.get(
    '/workspaces/:workspace/members/:member',
    {
      config: policy('workspace.members', toWorkspace),
      schema: {
        summary: 'One member of a workspace',
        params: WorkspaceParameters.extend({ member: z.string().describe('{uuid} or account id.') }),
        querystring: z.object({ fields: fieldsParameter }),
        response: answers(WorkspaceMembership),
      },
    },
    async (request) => {
      const grant = grantOf(request, 'workspace.members');
      const name = request.params.member.toLowerCase();
      const members = await viewMembers(services, grant);
      const member = members.find(({ account }) => braced(account.id) === name || account.accountId === name);
      if (member === undefined) throw new Problem('not_found', 'This user is no member of the workspace.');
      return membershipObject(linksOf(request), grant.targets[0], member);
    },
  );
}
