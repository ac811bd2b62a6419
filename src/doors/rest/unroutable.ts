import { FIXED_HEADERS } from './answer-headers.ts';
import { envelope } from './envelope.ts';
import { PREFIX, servedAddress } from './prefixes.ts';

const BELOW = new RegExp(`^${PREFIX.replace('.', '\\.')}(?:[/?]|$)`);

/**
 * The answer to a request that never comes to a route, in the form of all errors of this API; undefined where the address
 * is not below it.
 */
export const unroutable = (
  url: string,
  status: number,
  message: string,
): { readonly headers: Readonly<Record<string, string>>; readonly body: string } | undefined =>
  BELOW.test(servedAddress(url))
    ? {
        headers: { ...FIXED_HEADERS, 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(envelope({ status, message })),
      }
    : undefined;
