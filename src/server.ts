import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import fastify, { type FastifyInstance } from 'fastify';
import { badRequestOptions, refuseBadPaths } from './bad-requests.ts';
import type { Settings } from './config.ts';
import { gitHttpDoor } from './doors/git-http/index.ts';
import { answerWrongMethods, oauthDoor } from './doors/oauth/index.ts';
import { lfsDoor } from './doors/lfs/index.ts';
import { restDoor, servedAddress } from './doors/rest/index.ts';
import { limitRestOfBody } from './doors/shared/body-deadline.ts';
import { originForm } from './doors/shared/path.ts';
import { guardRoutes, type DeclaredRoute } from './doors/shared/policy.ts';
import { limitsOfOne, openSshDoor } from './doors/ssh/index.ts';
import { webDoor } from './doors/web/index.ts';
import { Refused } from './gate/index.ts';
import { waitForGit } from './git/process.ts';
import { useHelper, type UsedHelper } from './git/start/index.ts';
import type { RequestObserver } from './metrics/index.ts';
import { RunningRequests } from './running-requests.ts';
import type { Services } from './services.ts';

/** How long running requests may take to finish after the host was told to stop. */
const SHUTDOWN_MS = 30_000;
const GIT_SHUTDOWN_MS = 5_000;
const HEADERS_MS = 60_000;
/** When whoever met a host with too much to do may come again. */
const RETRY_SECONDS = 10;

export interface RunningServer {
  /** Every route of every door, as declared. */
  readonly routes: readonly DeclaredRoute[];
  /** Of the process that starts Git. */
  readonly helper: UsedHelper['state'];
  /** Takes no new requests, lets what runs finish, and ends what does not. */
  stop(): Promise<void>;
}

/** Composes the doors over the services. Throws when a route is not declared. */
export async function composeServer(
  settings: Settings,
  services: Services,
  observer?: RequestObserver,
): Promise<{ readonly app: FastifyInstance; readonly routes: readonly DeclaredRoute[] }> {
  const app = fastify({
    ...(settings.tls_cert !== undefined &&
      settings.tls_key !== undefined && {
        https: { cert: readFileSync(settings.tls_cert), key: readFileSync(settings.tls_key) },
      }),
    trustProxy: settings.trusted_proxy.length === 0 ? false : settings.trusted_proxy,
    // A push may take hours; only the headers must arrive soon.
    requestTimeout: 0,
    http: { headersTimeout: HEADERS_MS },
    logger: false,
    routerOptions: { maxParamLength: 4096, ignoreTrailingSlash: true },
    forceCloseConnections: 'idle',
    rewriteUrl(request: IncomingMessage) {
      const asked = originForm(request.url ?? '/');
      // By which pages of a list lead on.
      if (asked !== request.url) Object.assign(request, { originalUrl: asked });
      return servedAddress(asked);
    },
    ...badRequestOptions,
  } as const);
  const routes = guardRoutes(app);
  const doors = observer === undefined ? undefined : observeRequests(app, observer);
  limitRestOfBody(app, services.requestBodyMs);
  refuseBadPaths(app);
  answerWrongMethods(app);
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (reply.statusCode === 503 && !reply.hasHeader('retry-after'))
      void reply.header('Retry-After', RETRY_SECONDS);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    // The route's pattern and never the URL: a query may hold a secret that somebody put there.
    services.log.info({
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      address: request.ip,
      milliseconds: Math.round(reply.elapsedTime),
    });
    done();
  });
  doors?.begin('git');
  await app.register(gitHttpDoor, { services });
  doors?.begin('lfs');
  await app.register(lfsDoor, { services });
  doors?.begin('rest');
  await app.register(restDoor, { services });
  doors?.begin('oauth');
  await app.register(oauthDoor, { services });
  doors?.begin('web');
  await app.register(webDoor, { services, routes });
  await app.ready();
  return { app, routes };
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whose route it is. */
    door?: string;
  }
}

/** `begin` says whose routes are registered from here on. */
function observeRequests(app: FastifyInstance, observer: RequestObserver): { begin: (door: string) => void } {
  let current = 'none';
  app.addHook('onRoute', (route) => {
    if (route.config !== undefined) route.config.door = current;
  });
  app.addHook('onError', async (_request, _reply, error: unknown) => {
    if (error instanceof Refused) observer.refused(error.refusal.code);
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { door = 'none', policy } = request.routeOptions.config;
    observer.answered({
      door,
      operation: policy?.operation ?? null,
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1000,
    });
    done();
  });
  return {
    begin(door) {
      current = door;
    },
  };
}

/** Starts listening. Throws with one sentence when the address cannot be taken. */
export async function startServer(
  settings: Settings,
  services: Services,
  observer?: RequestObserver,
): Promise<RunningServer> {
  // Another process begins meanwhile.
  const beginning = useHelper();
  beginning.catch(() => {});
  const { app, routes } = await composeServer(settings, services, observer).catch(async (error: unknown) => {
    await (await beginning).stop();
    throw error;
  });
  const helper = await beginning;
  const running = new RunningRequests(app.server);
  const ssh = openSshDoor(services, limitsOfOne(settings.workers ?? 1));
  try {
    await listening(settings.host, settings.port, () =>
      app.listen({ host: settings.host, port: settings.port }),
    );
    if (ssh !== null && settings.ssh_port !== 'off') {
      const { ssh_host: host = settings.host, ssh_port: port } = settings;
      await listening(
        host,
        port,
        () => ssh.listen(host, port),
        ' for SSH; choose another --ssh-port, or "off"',
      );
    }
  } catch (error) {
    await ssh?.stop();
    await app.close();
    await helper.stop();
    throw error;
  }
  return {
    routes,
    get helper() {
      return helper.state;
    },
    async stop() {
      const closed = Promise.all([app.close(), ssh?.stop()]);
      running.endConnections();
      const ended = closed.then(() => true);
      if (!(await Promise.race([ended, setTimeout(SHUTDOWN_MS, false, { ref: false })]))) {
        services.log.warn(
          { requests: running.count, sshConnections: ssh?.connections ?? 0 },
          `Requests still ran ${SHUTDOWN_MS / 1000} seconds after the host was told to stop; they are ended.`,
        );
      }
      services.objects.close();
      await waitForGit(GIT_SHUTDOWN_MS);
      await helper.stop();
      app.server.closeAllConnections();
      ssh?.closeAllConnections();
      await closed;
    },
  };
}

async function listening(
  host: string,
  port: number,
  listen: () => Promise<unknown>,
  what = '',
): Promise<void> {
  try {
    await listen();
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Error(`Latchkey cannot listen on ${host}:${port}${what} (${reason}).`, { cause: error });
  }
}
