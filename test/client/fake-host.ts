import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { atEndOfFile } from '../support/cleanup.ts';

export interface Answer {
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A host that answers as a test wants: what a Latchkey never says, a stranger in its place may. */
export async function fakeHost(
  answer: (path: string, form: URLSearchParams, request: IncomingMessage) => Answer | Promise<Answer>,
): Promise<{
  readonly origin: string;
  readonly asked: { readonly path: string; readonly form: URLSearchParams }[];
}> {
  const asked: { path: string; form: URLSearchParams }[] = [];
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const form = new URLSearchParams(await text(request));
    const path = request.url ?? '';
    asked.push({ path, form });
    const { status = 200, body, headers } = await answer(path, form, request);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
  const server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEndOfFile(
    () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, asked };
}

/** What a Latchkey at this address says of itself. */
export const metadataOf = (origin: string) => ({
  issuer: origin,
  token_endpoint: `${origin}/token`,
  device_authorization_endpoint: `${origin}/device`,
});
