import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { atEndOfFile } from '../support/cleanup.ts';

export interface SigningKey {
  readonly kid: string;
  readonly algorithm: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export async function signingKey(kid: string, algorithm = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  return { kid, algorithm, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, use: 'sig' } };
}

export const keySetOf = (...keys: readonly SigningKey[]): string =>
  JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) });

/** What a CI job of this issuer says, good for five minutes; what `claims` name as undefined is left out. */
export function jobClaims(issuer: string, claims: Record<string, unknown> = {}): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  const all = { iss: issuer, iat: now, exp: now + 300, jti: crypto.randomUUID(), ...claims };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

export const signed = (
  { kid, algorithm, privateKey }: SigningKey,
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: algorithm, kid, ...header }).sign(privateKey);

/** A CI system on loopback that says where its keys are. */
export interface CiIssuer {
  readonly url: string;
  /** What was asked for, in order. */
  readonly asked: string[];
  /** What the next requests are answered with, in order, instead of what they ask for. */
  readonly answers: { readonly status?: number; readonly location?: string; readonly body?: string }[];
  keys: string;
  /** What it says of itself beside its keys. */
  document: Record<string, unknown>;
}

export async function startIssuer(...keys: readonly SigningKey[]): Promise<CiIssuer> {
  const server = createServer((request, response) => {
    issuer.asked.push(request.url ?? '');
    const { status = 200, location, body } = issuer.answers.shift() ?? {};
    const usual = request.url === '/keys' ? issuer.keys : JSON.stringify(issuer.document);
    response.writeHead(status, location === undefined ? {} : { location }).end(body ?? usual);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEndOfFile(
    () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer: CiIssuer = {
    url,
    asked: [],
    answers: [],
    keys: keySetOf(...keys),
    document: { issuer: url, jwks_uri: `${url}/keys` },
  };
  return issuer;
}
