import type { FastifyRequest } from 'fastify';

/** Names of fields that hold what must not stand in a page: whoever sent them types them again. */
const SECRETS: ReadonlySet<string> = new Set([
  'password',
  'current',
  'next',
  'again',
  'code',
  'passkey',
  // Of a webhook.
  'secret',
  // Recovery codes, to be downloaded.
  'codes',
]);
const LARGEST_BYTES = 256 * 1024;

/** What a form sent, kept while its person confirms to be there or signs in. */
export interface Carried {
  /** Where the form goes, path and query. */
  readonly action: string;
  /** Form-encoded. */
  readonly fields: string;
}

/**
 * The form that a refused request sent, without what is secret in it. Most refusals come before the body was read, so it is
 * read here. Undefined for anything that is no form, or too large a one.
 */
export async function carriedBy(request: FastifyRequest): Promise<Carried | undefined> {
  const sent = await fieldsOf(request);
  if (sent === undefined) return undefined;
  const kept = new URLSearchParams([...sent].filter(([name]) => !SECRETS.has(name)));
  return { action: request.url, fields: kept.toString() };
}

async function fieldsOf(request: FastifyRequest): Promise<URLSearchParams | undefined> {
  if (typeof request.body === 'object' && request.body !== null) {
    return new URLSearchParams(
      Object.entries(request.body).flatMap(([name, value]) =>
        [value as unknown].flat().map((each): [string, string] => [name, String(each)]),
      ),
    );
  }
  if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') !== true)
    return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.raw) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > LARGEST_BYTES) return undefined;
    chunks.push(bytes);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}
