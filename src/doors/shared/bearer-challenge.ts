import { explain, type Refused } from '../../gate/index.ts';

/** Where a client reads which authorization server issues tokens for this host (RFC 9728 §3.1). */
export const RESOURCE_METADATA_PATH = '/.well-known/oauth-protected-resource';

/** What may stand in an `error_description`: printable ASCII without quotation mark and backslash (RFC 6749 §5.2). */
export const describable = (text: string): string =>
  text
    .replaceAll('…', '...')
    .replaceAll('"', "'")
    .replaceAll(/[^\x20-\x7e]|\\/g, '?');

/**
 * The challenge for whoever sent a token as Bearer, or nothing at all (RFC 6750 §3): what is wrong with the token, or which
 * scopes it lacks, and by RFC 9728 §5.1 where to learn how one is had. No browser asks its user for a password by it.
 */
export function bearerChallenge(publicUrl: string, { refusal, credential }: Refused): string {
  const parameters: Record<string, string> = { realm: 'Latchkey' };
  if (refusal.code === 'scope_missing') {
    parameters['error'] = 'insufficient_scope';
    parameters['error_description'] = explain(refusal, credential);
    parameters['scope'] = refusal.required.join(' ');
  } else if (refusal.code === 'credentials_malformed') {
    parameters['error'] = 'invalid_request';
    parameters['error_description'] = explain(refusal, credential);
  } else if (refusal.code !== 'sign_in_needed') {
    parameters['error'] = 'invalid_token';
    parameters['error_description'] = explain(refusal, credential);
  }
  parameters['resource_metadata'] = `${publicUrl}${RESOURCE_METADATA_PATH}`;
  return `Bearer ${Object.entries(parameters)
    .map(([name, value]) => `${name}="${describable(value)}"`)
    .join(', ')}`;
}
