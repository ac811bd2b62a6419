import { z } from 'zod';
import { viewAccount } from '../../../acts/accounts/profile.ts';
import { grantOf, toAccountById } from '../../shared/policy.ts';
import { answers, policy, type Api, type Context } from '../api.ts';
import { User, userObject } from '../objects/account.ts';
import { fieldsParameter } from '../paging.ts';

/** Where `links.self` of a user leads, whom everybody may see who has the link. */
export function addUsersRoutes(app: Api, { services, linksOf }: Context): void {
  app.get(
    '/users/:user',
    {
      config: policy('user.view', toAccountById),
      schema: {
        summary: 'A user, as everybody may see them',
        params: z.object({ user: z.string().describe('{uuid} or account id; user names find nobody.') }),
        querystring: z.object({ fields: fieldsParameter }),
        response: answers(User),
      },
    },
    async (request) =>
      userObject(linksOf(request), await viewAccount(services, grantOf(request, 'user.view'))),
  );
}
