import { isIP } from 'node:net';

/** What passkeys are bound to (WebAuthn §5.1.2). */
export interface RelyingParty {
  /** Host name: a passkey of another one does not work here. */
  readonly id: string;
  /** Scheme, host and port of the pages. */
  readonly origin: string;
}

/**
 * From the public address. Undefined where browsers know no passkeys: an IP address cannot be a relying party, and a page
 * over plain http has them on this very machine only.
 */
export function relyingPartyOf(publicUrl: string): RelyingParty | undefined {
  const { hostname, origin, protocol } = new URL(publicUrl);
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return undefined;
  const secure = protocol === 'https:' || hostname === 'localhost' || hostname.endsWith('.localhost');
  return secure ? { id: hostname, origin } : undefined;
}
