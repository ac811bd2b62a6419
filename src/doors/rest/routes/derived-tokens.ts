import { z } from 'zod';
import { DERIVED_SECONDS, deriveToken, type DerivedConfinement } from '../../../acts/credentials/derive.ts';
import { listDerivedTokens, revokeDerivedToken } from '../../../acts/credentials/derived-tokens.ts';
import { invalid } from '../../../problem.ts';
import { grantOf, toHost } from '../../shared/policy.ts';
import { answers, policy, type Api, type Context } from '../api.ts';
import { ErrorEnvelope } from '../envelope.ts';
import {
  DerivedToken,
  derivedTokenObject,
  ListedDerivedToken,
  listedDerivedTokenObject,
} from '../objects/derived-token.ts';
import { fieldsParameter, numberedPage, pageOf, pageParameters, readWindow } from '../paging.ts';

const MANY = '/latchkey/credentials/derived';

const texts = (says: string) => z.array(z.string()).optional().describe(says);

const MEMBERS = {
  label: z.string().describe('What will use it.'),
  scopes: z
    .array(z.string())
    .describe('Scopes that the credential that asks holds, itself or within others.'),
  expires_in: z
    .number()
    .optional()
    .describe(
      `Seconds, ${DERIVED_SECONDS.least} to ${DERIVED_SECONDS.most}, and ${DERIVED_SECONDS.usual} where nothing is said; never beyond the end of the credential that asks.`,
    ),
  repositories: texts('WORKSPACE/NAME: it opens these only.'),
  refs: texts('It pushes to refs of these patterns only: refs/heads/bot/*, or refs/tags/v*:create.'),
  denied_refs: texts('It never pushes to refs of these patterns.'),
  paths: texts('Its pushes change files of these patterns only.'),
  denied_paths: texts('Its pushes never change files of these patterns.'),
  networks: texts('It is used from these networks or addresses only.'),
  windows: texts('It is used in these spans only: Mon-Fri 22:00-04:00 Europe/Berlin.'),
  uses: z.number().optional().describe('It is used at most so often.'),
  pushes: z.number().optional().describe('It pushes at most so often.'),
  maximum_bytes: z.number().optional().describe('Most bytes of a push.'),
  author_self: z.boolean().optional().describe('Pushed commits must name its own identity as committer.'),
};

/** A member that is misspelt would leave out what was to confine the token: every unknown one is refused, by name. */
const Body = z
  .looseObject(MEMBERS)
  .meta({ description: 'What the token may do, and what it is confined to.' });

/** What Bitbucket Cloud has not: a credential makes a narrower one of itself, without anybody having to be there. */
export function addDerivedTokenRoutes(app: Api, { services }: Context): void {
  app.post(
    MANY,
    {
      config: policy('derived_token.create', toHost),
      schema: {
        summary: 'Derive a narrower token from the credential that asks',
        description:
          'Open to every genuine credential, whatever its scopes. The token is presented as the credential is that it came of, is judged under everything that confines that one, and is paused and ends with it. Its secret is in this answer alone.',
        querystring: z.object({ fields: fieldsParameter }),
        body: Body,
        response: { 201: DerivedToken, default: ErrorEnvelope },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const unknown = Object.keys(body).find((name) => !Object.hasOwn(MEMBERS, name));
      if (unknown !== undefined) {
        throw invalid(
          unknown.slice(0, 64),
          `There is no member ${JSON.stringify(unknown.slice(0, 64))}, and nothing was made: the members are ${Object.keys(MEMBERS).join(', ')}.`,
        );
      }
      const empty = Object.entries(body).find(([, value]) => Array.isArray(value) && value.length === 0);
      if (empty !== undefined && empty[0] !== 'scopes') {
        throw invalid(
          empty[0],
          `"${empty[0]}" is an empty list, and nothing was made: name what the token is confined to, or leave it out for no such bound.`,
        );
      }
      const made = await deriveToken(services, grantOf(request, 'derived_token.create'), {
        label: body.label,
        scopes: body.scopes,
        expiresInSeconds: body.expires_in,
        confinement: confinementIn(body),
      });
      return reply.code(201).header('cache-control', 'no-store').send(derivedTokenObject(made));
    },
  );

  app.get(
    MANY,
    {
      config: policy('derived_token.list', toHost),
      schema: {
        summary: 'The tokens that were derived from the credential that asks and have not ended',
        description: 'Those that came of these are not among them.',
        querystring: z.object(pageParameters),
        response: answers(pageOf(ListedDerivedToken)),
      },
    },
    async (request) => {
      const window = readWindow(request.query);
      const { credentials, size } = await listDerivedTokens(
        services,
        grantOf(request, 'derived_token.list'),
        { offset: window.offset, limit: window.pagelen },
      );
      const values = credentials.map(listedDerivedTokenObject);
      return numberedPage(services.publicUrl, request, window, size, values);
    },
  );

  app.delete(
    `${MANY}/:id`,
    {
      config: policy('derived_token.revoke', toHost),
      schema: {
        summary: 'Revoke the derived token that asks, or one that came of what asks',
        params: z.object({ id: z.string().describe('Public id, cred_….') }),
        response: {
          204: z.undefined().describe('It is revoked, with all that came of it.'),
          default: ErrorEnvelope,
        },
      },
    },
    async (request, reply) => {
      await revokeDerivedToken(services, grantOf(request, 'derived_token.revoke'), request.params.id);
      return reply.code(204).type('text/plain; charset=utf-8').send(undefined);
    },
  );
}

/** What is absent confines nothing. */
function confinementIn(body: z.output<typeof Body>): DerivedConfinement {
  const said = {
    repositoryNames: body.repositories,
    refs: body.refs,
    deniedRefs: body.denied_refs,
    paths: body.paths,
    deniedPaths: body.denied_paths,
    networks: body.networks,
    windows: body.windows,
    uses: body.uses,
    pushes: body.pushes,
    maximumBytes: body.maximum_bytes,
    authorSelf: body.author_self,
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}
