import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface LoadRequest {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export interface LoadOptions {
  readonly url: string;
  /** Sent in turn, over all connections together. */
  readonly requests: readonly LoadRequest[];
  readonly connections: number;
  /** Either for so long, after half a second that does not count, or so many requests. */
  readonly seconds?: number;
  readonly count?: number;
  /** Whether the server ends the connection after each answer. */
  readonly reconnects?: boolean;
}

/** What the load process is told. */
export interface LoadOrder {
  readonly port: number;
  readonly requests: readonly { readonly head: string; readonly body: string }[];
  readonly connections: number;
  readonly seconds?: number;
  readonly count?: number;
  readonly reconnects: boolean;
  readonly status: number;
}

export interface LoadResult {
  readonly answered: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Of all bodies. */
  readonly bytes: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** How often another status than 200 came. */
  readonly wrong: Readonly<Record<string, number>>;
}

const program = fileURLToPath(new URL('load-process.ts', import.meta.url));

/** Puts load on a server from a process of its own. Throws when anything but 200 was answered. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const url = new URL(options.url);
  const order: LoadOrder = {
    port: Number(url.port),
    requests: options.requests.map((request) => wire(url.host, request)),
    connections: options.connections,
    ...(options.seconds !== undefined && { seconds: options.seconds }),
    ...(options.count !== undefined && { count: options.count }),
    reconnects: options.reconnects ?? false,
    status: 200,
  };
  const child = fork(program, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const result = await new Promise<LoadResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The load generator ended with code ${code}.`)));
    child.once('message', (message: { result?: LoadResult; error?: string }) => {
      if (message.result !== undefined) resolve(message.result);
      else reject(new Error(message.error));
    });
    child.send(order);
  });
  if (Object.keys(result.wrong).length > 0) {
    throw new Error(
      `${options.url}${options.requests[0]?.path} was answered with ${JSON.stringify(result.wrong)}.`,
    );
  }
  return result;
}

function wire(host: string, { method, path, headers, body }: LoadRequest): { head: string; body: string } {
  const all = {
    Host: host,
    'User-Agent': 'git/2.39.5',
    Accept: '*/*',
    ...headers,
    ...(body !== undefined && { 'Content-Length': String(body.length) }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const verb = method ?? (body === undefined ? 'GET' : 'POST');
  return {
    head: `${verb} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`,
    body: (body ?? Buffer.alloc(0)).toString('base64'),
  };
}
