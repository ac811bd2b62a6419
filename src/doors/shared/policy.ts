import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { claim, enter, enterAgain, type Gateway, type Presented, type Surface } from '../../entry/index.ts';
import {
  declarationOf,
  Grant,
  isOperation,
  type OperationName,
  type TargetReference,
} from '../../gate/index.ts';

/**
 * What every route of every door declares: the operation it is, and of which targets. Entry reads it before the route
 * runs; a route without it does not start.
 */
export interface RoutePolicy {
  readonly operation: OperationName;
  /** The targets in the order of the operation's declaration, from the path alone: never from a query, header or body. */
  readonly targets: (parameters: Readonly<Record<string, string>>) => readonly TargetReference[];
  /** `json` answers pass a response schema; `page` and `bytes` answers are text or streams, never objects. */
  readonly answers: 'json' | 'page' | 'bytes';
}

declare module 'fastify' {
  interface FastifyContextConfig {
    policy?: RoutePolicy;
  }
  interface FastifyRequest {
    /** The grant of the request; `grantOf` gives it its type. */
    admitted: unknown;
  }
}

/** Everything that was declared, for the documentation and the tests that walk it. */
export interface DeclaredRoute {
  readonly method: string;
  readonly url: string;
  readonly operation: OperationName;
  readonly answers: RoutePolicy['answers'];
}

export const toHost = (): readonly TargetReference[] => [{ type: 'host' }];
export const toSelf = (): readonly TargetReference[] => [{ type: 'account', self: true }];
/** An account that the path names. */
export const toAccount = ({ user = '' }: Readonly<Record<string, string>>): readonly TargetReference[] => [
  { type: 'account', account: user },
];
const ACCOUNT_ID = /^(?:\{[0-9a-f-]{36}\}|[0-9a-f]{24})$/i;
/** An account by what strangers cannot guess: who goes by a user name here is nobody's to try out. */
export const toAccountById = ({
  user = '',
}: Readonly<Record<string, string>>): readonly TargetReference[] => [
  { type: 'account', account: ACCOUNT_ID.test(user) ? user : '' },
];
export const toWorkspace = ({
  workspace = '',
}: Readonly<Record<string, string>>): readonly TargetReference[] => [{ type: 'workspace', workspace }];
export const toRepository = (parameters: Readonly<Record<string, string>>): readonly TargetReference[] => [
  {
    type: 'repository',
    workspace: parameters['workspace'] ?? '',
    repository: parameters['repository'] ?? '',
  },
];

/** A repository, as a matter of whoever asks for themselves. */
export const toSelfAndRepository = (
  parameters: Readonly<Record<string, string>>,
): readonly TargetReference[] => [...toSelf(), ...toRepository(parameters)];

/**
 * Holds every route that is registered on `app` from here on against the operation table. Throws at registration, which
 * ends the start, for a route that declares no operation, the wrong number of targets, or an answer in JSON without
 * response schemas (a status without a schema would let everything out).
 */
export function guardRoutes(app: FastifyInstance): readonly DeclaredRoute[] {
  const declared: DeclaredRoute[] = [];
  app.decorateRequest('admitted', null);
  app.addHook('onRoute', (route) => {
    const policy = checkedPolicy(route);
    for (const method of [route.method].flat()) {
      declared.push({ method, url: route.url, operation: policy.operation, answers: policy.answers });
    }
  });
  app.addHook('preSerialization', async (request, _reply, payload: unknown) => {
    const answers = request.routeOptions.config.policy?.answers;
    if (answers !== 'json' && request.routeOptions.url !== undefined) {
      throw new TypeError(`${request.routeOptions.url} answers ${answers} and may not send an object.`);
    }
    return payload;
  });
  return declared;
}

function checkedPolicy(route: RouteOptions): RoutePolicy {
  const name = `${[route.method].flat().join(', ')} ${route.url}`;
  const policy = route.config?.policy;
  if (policy === undefined || !isOperation(policy.operation)) {
    throw new Error(
      `${name} declares no operation of the gate: a route that is not declared does not start.`,
    );
  }
  const needs = declarationOf(policy.operation).targets;
  const targets = policy.targets({});
  if (targets.length !== needs.length || targets.some((target, index) => target.type !== needs[index]?.on)) {
    throw new Error(
      `${name} must name the targets of ${policy.operation}: ${needs.map(({ on }) => on).join(', ')}.`,
    );
  }
  if (policy.answers === 'json') {
    const response = (route.schema as { response?: Record<string, unknown> } | undefined)?.response ?? {};
    const statuses = Object.keys(response);
    if (!statuses.includes('default') || !statuses.some((status) => status.startsWith('2'))) {
      throw new Error(`${name} needs response schemas for its 2xx answers and a default.`);
    }
  }
  return policy;
}

/**
 * Lets every route of a door be decided by entry, before its body is read. `present` reads what the caller presented, in
 * the door's own way.
 */
export function enterThrough(
  app: FastifyInstance,
  gateway: Gateway,
  surface: Exclude<Surface, 'oauth' | 'ssh'>,
  present: (request: FastifyRequest) => Presented,
): void {
  app.addHook('onRequest', async (request) => {
    const { policy } = request.routeOptions.config;
    // No route was found: the door's not-found handler answers, and nothing is opened.
    if (policy === undefined) return;
    request.admitted = await enter(gateway, {
      operation: policy.operation,
      targets: policy.targets(request.params as Record<string, string>),
      presented: present(request),
      surface,
      address: request.ip,
      agent: request.headers['user-agent'],
    });
  });
  // Git's bodies are streams, which the act that reads them decides upon by itself.
  if (surface !== 'git') decideBehindBody(app, gateway, surface, (_request, { operation }) => operation);
}

const WITHOUT_BODY: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Decides a request again once its body has arrived: a caller may keep us waiting for that as long as they like, and what
 * was revoked meanwhile must not act. Then a REST request is a use of its credential, claimed last so that it does not
 * refuse itself. `operationOf` says what the request was admitted for.
 */
export function decideBehindBody(
  app: FastifyInstance,
  gateway: Gateway,
  surface: 'rest' | 'web' | 'git',
  operationOf: (request: FastifyRequest, policy: RoutePolicy) => OperationName,
): void {
  app.addHook('preHandler', async (request) => {
    const { policy } = request.routeOptions.config;
    if (policy === undefined) return;
    const operation = operationOf(request, policy);
    if (!WITHOUT_BODY.includes(request.method)) {
      request.admitted = await enterAgain(gateway, grantOf(request, operation));
    }
    // A push claims by itself, in the transaction in which it is written down.
    const claims = surface === 'rest' && declarationOf(operation).pushes !== true;
    if (claims) await claim(gateway, grantOf(request, operation));
  });
}

/** The grant of the running request. Throws when the route was not admitted for exactly this operation. */
export const grantOf = <Op extends OperationName>(request: FastifyRequest, operation: Op): Grant<Op> =>
  Grant.expect(request.admitted, operation);
