import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { JSONWebKeySet } from 'jose';
import { LeadsNowhere, lookupWithin, portOf, type OutboundNetworks } from '../outbound/index.ts';
import { Problem } from '../problem.ts';
import { readKeySet } from './key-set.ts';

const PATIENCE_MS = 5000;
const MOST_BYTES = 256 * 1024;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

const unavailable = (says: string): Problem => new Problem('unavailable', says);

/**
 * The keys of a registered issuer, from where it says that they are (OpenID Connect Discovery §4): what it says must be of
 * itself. Only https is spoken, and http with this machine; nothing follows where an answer leads. Throws `Problem`.
 */
export async function discoverKeys(networks: OutboundNetworks, issuer: string): Promise<JSONWebKeySet> {
  const document = await fetchJson(
    networks,
    `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`,
  );
  if (member(document, 'issuer') !== issuer)
    throw unavailable(`The discovery document of ${issuer} is of another issuer.`);
  const address = member(document, 'jwks_uri');
  if (typeof address !== 'string')
    throw unavailable(`The discovery document of ${issuer} does not say where its keys are ("jwks_uri").`);
  return readKeySet(await fetchJson(networks, address));
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;

/** Whether requests may be sent there for all that its text says: what its name leads to is judged as it is connected to. */
export const maySpeakWith = (url: URL): boolean =>
  url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));

async function fetchJson(networks: OutboundNetworks, address: string): Promise<unknown> {
  const url = URL.parse(address);
  if (url === null || !maySpeakWith(url) || url.username !== '' || url.password !== '')
    throw unavailable('Keys of issuers are read over https alone, from an address without a user name.');
  const { host } = url;
  // An address that stands in the URL itself is looked up by nobody.
  if (networks.refuses(url))
    throw unavailable(`${host} is no address on the Internet: the setting "issuer_networks" allows others.`);
  const bytes = await bytesOf(networks, url);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw unavailable(`${host} did not answer with JSON.`);
  }
}

function bytesOf(networks: OutboundNetworks, url: URL): Promise<Buffer> {
  const { host } = url;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  return new Promise((resolve, reject) => {
    const answered = (response: IncomingMessage): void => {
      const fail = (says: string): void => {
        reject(unavailable(says));
        response.destroy();
      };
      if (response.statusCode !== 200)
        return fail(`${host} answered ${response.statusCode}, and nothing follows where that leads.`);
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MOST_BYTES) fail(`${host} answered with more than ${MOST_BYTES / 1024} KB.`);
        else chunks.push(chunk);
      });
      response.on('end', () => resolve(Buffer.concat(chunks)));
      response.on('error', (error) => reject(unavailable(sentenceOn(error, host, signal.aborted))));
    };
    const options = {
      agent: false as const,
      headers: { accept: 'application/json' },
      lookup: lookupWithin(networks, portOf(url)),
      signal,
    };
    const asking =
      url.protocol === 'https:' ? httpsRequest(url, options, answered) : httpRequest(url, options, answered);
    asking.on('error', (error) => reject(unavailable(sentenceOn(error, host, signal.aborted))));
    asking.on('close', () => reject(unavailable(`${host} closed the connection before it had answered.`)));
    asking.end();
  });
}

/** By what kind of error it is: messages hold addresses. */
function sentenceOn(error: Error, host: string, late: boolean): string {
  if (late) return `${host} did not answer within ${PATIENCE_MS / 1000} seconds.`;
  return error instanceof LeadsNowhere
    ? `The name ${host} leads to no address on the Internet: the setting "issuer_networks" allows others.`
    : `${host} could not be asked (${'code' in error ? String(error.code) : error.name}).`;
}
