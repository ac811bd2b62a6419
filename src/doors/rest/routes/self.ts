import { z } from 'zod';
import { viewSelf } from '../../../acts/explain/self.ts';
import { grantOf, toHost } from '../../shared/policy.ts';
import { answers, policy, type Api, type Context } from '../api.ts';
import { CredentialSelfObject, credentialSelfObject } from '../objects/credential.ts';
import { repeatable } from '../paging.ts';

/** What Bitbucket Cloud has not: a credential asks about itself. */
export function addSelfRoutes(app: Api, { services, linksOf }: Context): void {
  app.get(
    '/latchkey/credentials/self',
    {
      config: policy('credential.self', toHost),
      schema: {
        summary: 'What the credential that asks is and may do',
        description: 'Open to every genuine credential, whatever its scopes.',
        querystring: z.object({
          repository: z.string().optional().describe('WORKSPACE/NAME: what it may do there.'),
          fields: repeatable,
        }),
        response: answers(CredentialSelfObject),
      },
    },
    async (request) =>
      credentialSelfObject(
        linksOf(request),
        await viewSelf(services, grantOf(request, 'credential.self'), {
          repository: request.query.repository,
        }),
      ),
  );
}
