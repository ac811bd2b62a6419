import { createServer, type ServerResponse } from 'node:http';

export interface MetricsServer {
  stop(): Promise<void>;
}

const HEADERS_MS = 10_000;

/**
 * `/metrics`, `/-/live` and `/-/ready` at an address of their own, which nobody but the operator should reach. `notReady`
 * says why the host cannot serve now, null where it can. Throws with one sentence when the address cannot be taken.
 */
export async function serveMetrics(
  { host, port }: { readonly host: string; readonly port: number },
  options: {
    readonly text: () => Promise<{ readonly type: string; readonly body: string }>;
    readonly notReady: () => Promise<string | null>;
  },
): Promise<MetricsServer> {
  const server = createServer(
    { headersTimeout: HEADERS_MS, requestTimeout: HEADERS_MS },
    (request, response) => {
      request.resume();
      answer(request.method ?? '', request.url ?? '', response).catch(() => response.destroy());
    },
  );
  async function answer(method: string, url: string, response: ServerResponse): Promise<void> {
    if (method !== 'GET' && method !== 'HEAD') return send(response, 405, 'Only GET is answered here.');
    const [path] = url.split('?');
    if (path === '/-/live') return send(response, 200, 'live');
    if (path === '/-/ready') {
      const reason = await options.notReady();
      return send(response, reason === null ? 200 : 503, reason ?? 'ready');
    }
    if (path !== '/metrics') return send(response, 404, 'There are /metrics, /-/live and /-/ready.');
    const { type, body } = await options.text();
    response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(body);
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new Error(`Metrics cannot be served on ${host}:${port} (${error.code ?? error.message}).`, {
          cause: error,
        }),
      ),
    );
    server.listen(port, host, resolve);
  });
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, status: number, text: string): void {
  response
    .writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' })
    .end(`${text}\n`);
}
