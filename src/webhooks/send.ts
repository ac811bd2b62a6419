import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { LeadsNowhere, lookupWithin, portOf, type OutboundNetworks } from '../outbound/index.ts';
import type { Attempted } from './deliveries.ts';

const PATIENCE_MS = 10_000;
/** Of an answer, of which nothing but its status counts: so much is taken so that the other end is done with it. */
const MOST_ANSWER_BYTES = 64 * 1024;
const MOST_ANSWER_MS = 1000;

export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly skipsCertVerification: boolean;
}

export interface Sent extends Attempted {
  /** It may go better later. */
  readonly isPassing: boolean;
}

/** It would be sent to where nothing is sent. */
class NotAllowed extends Error {}

/** Sends one request, without following where an answer leads. Never throws: what goes wrong is told. */
export async function sendWebhook(
  networks: OutboundNetworks,
  request: WebhookRequest,
  stopped?: AbortSignal,
): Promise<Sent> {
  const began = performance.now();
  const timeout = AbortSignal.timeout(PATIENCE_MS);
  const signal = stopped === undefined ? timeout : AbortSignal.any([timeout, stopped]);
  const told = (said: Omit<Sent, 'durationMs'>): Sent => ({
    ...said,
    durationMs: Math.round(performance.now() - began),
  });
  try {
    const status = await statusOf(networks, request, signal);
    if (status >= 200 && status < 300) return told({ status, problem: null, isPassing: false });
    const problem =
      status >= 300 && status < 400
        ? `It answered ${status}, and nothing follows where that leads.`
        : `It answered ${status}.`;
    return told({ status, problem, isPassing: status >= 500 });
  } catch (error) {
    if (error instanceof NotAllowed)
      return told({ status: null, problem: 'This address is not allowed.', isPassing: false });
    if (error instanceof LeadsNowhere)
      return told({
        status: null,
        problem: 'Its name leads to no address that is allowed.',
        isPassing: true,
      });
    const problem = signal.aborted
      ? timeout.aborted
        ? `There was no answer within ${PATIENCE_MS / 1000} seconds.`
        : 'This host was stopped in the middle of it.'
      : sentenceOn(error);
    return told({ status: null, problem, isPassing: true });
  }
}

function statusOf(
  networks: OutboundNetworks,
  { url: text, headers, body, skipsCertVerification }: WebhookRequest,
  signal: AbortSignal,
): Promise<number> {
  const url = new URL(text);
  // An address that stands in the URL itself is looked up by nobody.
  if (networks.refuses(url)) return Promise.reject(new NotAllowed());
  const options = {
    method: 'POST',
    headers: { ...headers, 'content-length': String(body.length) },
    lookup: lookupWithin(networks, portOf(url)),
    signal,
  };
  return new Promise((resolve, reject) => {
    const answered = (response: IncomingMessage): void => {
      // Whatever becomes of the rest, and however long it takes: nothing but the status counts.
      resolve(response.statusCode ?? 0);
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MOST_ANSWER_BYTES) response.destroy();
      });
      response.on('error', () => {});
      const timer = setTimeout(() => response.destroy(), MOST_ANSWER_MS);
      response.once('close', () => clearTimeout(timer));
    };
    const sending =
      url.protocol === 'https:'
        ? httpsRequest(
            url,
            {
              ...options,
              agent: new HttpsAgent({ keepAlive: false }),
              rejectUnauthorized: !skipsCertVerification,
            },
            answered,
          )
        : httpRequest(url, { ...options, agent: new HttpAgent({ keepAlive: false }) }, answered);
    sending.on('error', reject);
    sending.once('upgrade', ({ statusCode = 0 }, socket) => {
      socket.destroy();
      resolve(statusCode);
    });
    // Node tells of some ends by nothing else, and of what was aborted when it is over, by nothing at all.
    sending.once('close', () => reject(new Error('The connection was closed.')));
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    sending.end(body);
  });
}

const SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'The connection was refused.',
  EHOSTUNREACH: 'The host could not be reached.',
  ENETUNREACH: 'The host could not be reached.',
  ETIMEDOUT: 'The host could not be reached.',
};
const CERTIFICATE = /CERT|^UNABLE_TO_|^DEPTH_ZERO|^HOSTNAME_MISMATCH/;

/** By the code alone: messages of errors hold addresses. */
function sentenceOn(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (CERTIFICATE.test(code)) return `Its certificate is not valid (${code}).`;
  return SENTENCES[code] ?? 'The connection broke before there was an answer.';
}
