import { z } from 'zod';
import { viewActor } from '../../../acts/accounts/actor.ts';
import { viewAccount } from '../../../acts/accounts/profile.ts';
import { listOwnWorkspaces } from '../../../acts/workspaces/workspaces.ts';
import { Problem } from '../../../problem.ts';
import { grantOf, toSelf } from '../../shared/policy.ts';
import { answers, policy, type Api, type Context } from '../api.ts';
import { AppUser, appUserObject, Email, emailObject, OwnUser, ownUserObject } from '../objects/account.ts';
import { Workspace, WorkspaceAccess, workspaceAccessObject, workspaceObject } from '../objects/workspace.ts';
import { numberedPage, pageOf, pageParameters, readWindow, fieldsParameter, slicePage } from '../paging.ts';

const WORKSPACES_PAGELEN = 25;

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
        : appUserObject(linksOf(request), actor.appUser, 'oauth_consumer');
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
        summary: 'The workspaces of the account',
        querystring: z.object(pageParameters),
        response: answers(pageOf(WorkspaceAccess)),
      },
    },
    async (request) => {
      const window = readWindow(request.query, WORKSPACES_PAGELEN);
      const all = await listOwnWorkspaces(services, grantOf(request, 'account.workspaces'));
      const values = slicePage(all, window).map((workspace) =>
        workspaceAccessObject(linksOf(request), workspace),
      );
      return numberedPage(services.publicUrl, request, window, all.length, values);
    },
  );

  app.get(
    '/workspaces',
    {
      config: policy('account.workspaces', toSelf),
      schema: {
        summary: 'The workspaces of the account, in the form that Bitbucket Cloud no longer serves',
        querystring: z.object({
          ...pageParameters,
          role: z.enum(['owner', 'collaborator', 'member']).optional(),
        }),
        response: answers(pageOf(Workspace)),
      },
    },
    async (request) => {
      const window = readWindow(request.query);
      const { role } = request.query;
      const all = await listOwnWorkspaces(services, grantOf(request, 'account.workspaces'));
      const asked = role === 'owner' ? all.filter(({ membership }) => membership === 'owner') : all;
      const values = slicePage(asked, window).map((workspace) =>
        workspaceObject(linksOf(request), workspace),
      );
      return numberedPage(services.publicUrl, request, window, asked.length, values);
    },
  );
}
