import type { Grant } from '../../gate/index.ts';
import {
  consumerByKey,
  matchesCallback,
  OauthError,
  readAsked,
  readChallenge,
  sameOriginCallback as sourceOf,
  type Asked,
  type Consumer,
} from '../../oauth/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';

/** The parameters of an authorization request, as they came: every value of each. */
export type RequestParameters = Readonly<Record<string, readonly string[]>>;

/** Where an answer goes, and how it is signed off. */
export interface ReturnAddress {
  /** The callback, checked against the consumer's. */
  readonly callback: string;
  /** What a browser must be told that a form leads to: the origin of the callback, or its scheme. */
  readonly leadsTo: string;
  readonly state: string | undefined;
}

/** An authorization request (RFC 6749 §4.1.1) that a person can be asked about. */
export interface AuthorizationRequest extends ReturnAddress {
  readonly consumer: Consumer;
  readonly asked: Asked;
  /** As the request gave it; null when it gave none. */
  readonly redirectUri: string | null;
  readonly challenge: string | null;
}

/** A request that can only be answered with an error, to the consumer. */
export interface Sent {
  readonly to: string;
}

const MISCONFIGURED = 'This integration is misconfigured. Contact the vendor for assistance.';

/**
 * Reads an authorization request. While it is not certain who asks and where the answer belongs, nobody is sent anywhere:
 * that throws `Problem`. What is wrong beyond that is the consumer's to hear, by the callback.
 */
export async function readAuthorizationRequest(
  services: Services,
  _grant: Grant<'consent.view'> | Grant<'consent.give'>,
  parameters: RequestParameters,
): Promise<AuthorizationRequest | Sent> {
  const parameter = single(parameters);
  const consumer = await consumerByKey(services.database, parameter('client_id') ?? '');
  if (consumer === undefined || isRepeated(parameters, 'client_id'))
    throw new Problem('invalid', `Invalid client_id. ${MISCONFIGURED}`);
  const redirectUri = parameter('redirect_uri') ?? null;
  const callback = callbackOf(consumer, redirectUri);
  if (callback === undefined || isRepeated(parameters, 'redirect_uri'))
    throw new Problem('invalid', `Invalid redirect_uri. ${MISCONFIGURED}`);
  const back = { callback, leadsTo: sourceOf(callback), state: parameter('state') };
  try {
    const repeated = Object.keys(parameters).find((name) => isRepeated(parameters, name));
    if (repeated !== undefined)
      throw new OauthError('invalid_request', `A parameter is given twice: ${repeated.slice(0, 64)}.`);
    if (parameter('response_type') !== 'code')
      throw new OauthError('unsupported_response_type', 'The response_type is code.');
    const mode = parameter('response_mode');
    if (mode !== undefined && mode !== 'query')
      throw new OauthError('invalid_request', 'The response_mode is query.');
    const challenge = readChallenge(parameter);
    if (challenge === null && !consumer.isPrivate) {
      throw new OauthError(
        'invalid_request',
        'A public consumer must send a code_challenge (PKCE, method S256).',
      );
    }
    const asked = readAsked(consumer, parameter, services.clock());
    return { ...back, consumer, asked, redirectUri, challenge };
  } catch (error) {
    if (!(error instanceof OauthError)) throw error;
    return { to: answerAddress(services, back, { error: error.code, error_description: error.message }) };
  }
}

/** The callback with the answer, and with the name of the host that answers (RFC 9207). */
export function answerAddress(
  { publicUrl }: Services,
  { callback, state }: ReturnAddress,
  answer: Readonly<Record<string, string>>,
): string {
  const query = new URLSearchParams({ ...answer, ...(state !== undefined && { state }), iss: publicUrl });
  return `${callback}${callback.includes('?') ? '&' : '?'}${query.toString()}`;
}

/** Where the request says, if it may; where it says nothing, the one callback that there is. */
function callbackOf(consumer: Consumer, redirectUri: string | null): string | undefined {
  const { callbacks } = consumer;
  const wanted = redirectUri ?? (callbacks.length === 1 ? callbacks[0] : undefined);
  if (wanted === undefined) return undefined;
  return callbacks.some((registered) => matchesCallback(registered, wanted)) ? wanted : undefined;
}

/** One without a value counts as absent (RFC 6749 §3.1). */
const single =
  (parameters: RequestParameters) =>
  (name: string): string | undefined => {
    const value = Object.hasOwn(parameters, name) ? parameters[name]?.[0] : undefined;
    return value === undefined || value === '' ? undefined : value;
  };

const isRepeated = (parameters: RequestParameters, name: string): boolean =>
  Object.hasOwn(parameters, name) && (parameters[name]?.length ?? 0) > 1;
