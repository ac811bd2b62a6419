import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Move } from '../../acts/repositories/change.ts';
import type { OperationName } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import type { RoutePolicy } from '../shared/policy.ts';
import { ErrorEnvelope } from './envelope.ts';
import type { Links } from './links.ts';

/** The instance that routes of this door are added to. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What the routes work with. */
export interface Context {
  readonly services: Services;
  /** Where the answer to this request leads. */
  readonly linksOf: (request: FastifyRequest) => Links;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The operation that the request was admitted for where it is another than its route's first. */
    admittedFor: OperationName | null;
    /** Where a change of a repository moves it as well. */
    admittedMove: Move | null;
  }
  interface FastifyContextConfig {
    /** What the wildcard of the address stands for, in the description: `{name}` or `{commit}/{path}`. */
    wildcard?: string;
  }
}

export const policy = (
  operation: OperationName,
  targets: RoutePolicy['targets'],
  answers: RoutePolicy['answers'] = 'json',
) => ({ policy: { operation, targets, answers } }) as const;

/** Response schemas of a route that answers this with 200. */
export const answers = <Schema extends z.ZodType>(schema: Schema) =>
  ({ 200: schema, default: ErrorEnvelope }) as const;

export const WorkspaceParameters = z.object({ workspace: z.string().describe('Slug, or {uuid}.') });
export const RepositoryParameters = WorkspaceParameters.extend({
  repository: z.string().describe('Slug, or {uuid}; with a {uuid} the workspace may be {}.'),
});

/**
 * The handler of a route whose operation is none that a credential may ask for: it is served so that callers hear that,
 * and not that there is nothing here. Entry refuses all of them before it runs.
 */
export const admitsNobody = async (): Promise<never> => {
  throw new TypeError('A route that admits no credential was entered by one.');
};
