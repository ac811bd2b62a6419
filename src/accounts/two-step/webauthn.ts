import { z } from 'zod';
import type { DigestKeys } from '../../credentials/index.ts';
import type { Handle } from '../../store/handle.ts';
import { isChallenge, issueChallenge, takeChallenge } from './challenge.ts';
import { notePasskeyUse, passkeyByCredential, type Passkey } from './passkeys.ts';
import type { RelyingParty } from './relying-party.ts';

const TIMEOUT_MS = 120_000;
const LONGEST_ANSWER = 32 * 1024;
/** Ed25519, ES256, RS256: what authenticators speak. */
const ALGORITHMS = [-8, -7, -257];

/** Hundreds of files, loaded when first wanted: every verb of the command line would wait for them otherwise. */
const webAuthn = () => import('@simplewebauthn/server');

const base64url = z.string().regex(/^[A-Za-z0-9_-]*$/);
const credential = { id: base64url, rawId: base64url, type: z.literal('public-key') };
const Registration = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: z
      .array(z.string().regex(/^[a-z-]{1,20}$/))
      .max(10)
      .optional(),
  }),
});
const Assertion = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url.nullish(),
  }),
});

/** What the browser is asked, as JSON for the page's script (WebAuthn §5.1.8 and §5.1.10). */
export type PasskeyRequest = string;

/** Asks for a new passkey or security key. Those that are registered are named, so that none is registered twice. */
export async function askForNewPasskey(
  keys: DigestKeys,
  party: RelyingParty,
  account: { readonly id: string; readonly username: string; readonly displayName: string },
  present: readonly Passkey[],
  purpose: string,
  now: number,
): Promise<PasskeyRequest> {
  const { generateRegistrationOptions } = await webAuthn();
  const options = await generateRegistrationOptions({
    rpName: 'Latchkey',
    rpID: party.id,
    userID: new TextEncoder().encode(account.id),
    userName: account.username,
    userDisplayName: account.displayName,
    challenge: issueChallenge(keys, purpose, now),
    timeout: TIMEOUT_MS,
    attestationType: 'none',
    excludeCredentials: present.map(({ credentialId }) => ({ id: credentialId })),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
    supportedAlgorithmIDs: ALGORITHMS,
  });
  return JSON.stringify(options);
}

/** Asks for one of these passkeys, or, of somebody who has not said who they are, for any that verifies its person. */
export async function askForPasskey(
  keys: DigestKeys,
  party: RelyingParty,
  present: readonly Passkey[] | 'any',
  purpose: string,
  now: number,
): Promise<PasskeyRequest> {
  const { generateAuthenticationOptions } = await webAuthn();
  const options = await generateAuthenticationOptions({
    rpID: party.id,
    challenge: issueChallenge(keys, purpose, now),
    timeout: TIMEOUT_MS,
    userVerification: present === 'any' ? 'required' : 'preferred',
    ...(present !== 'any' && {
      allowCredentials: present.map(({ credentialId, transports }) => ({
        id: credentialId,
        transports: [...transports],
      })),
    }),
  });
  return JSON.stringify(options);
}

export type NewPasskey = Pick<Passkey, 'credentialId' | 'publicKey' | 'counter' | 'transports' | 'host'>;

/** The new passkey of an answer, or undefined for one that does not hold: wrong origin, challenge, purpose, signature or form. */
export async function readNewPasskey(
  keys: DigestKeys,
  party: RelyingParty,
  answer: string,
  purpose: string,
  now: number,
): Promise<(NewPasskey & { readonly challenge: string }) | undefined> {
  const parsed = parse(Registration, answer);
  if (parsed === undefined) return undefined;
  const { transports = [], ...response } = parsed.response;
  const { verifyRegistrationResponse } = await webAuthn();
  let challenge = '';
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: { ...parsed, response, clientExtensionResults: {} },
      expectedChallenge: (signed) => {
        challenge = signed;
        return isChallenge(keys, purpose, signed, now);
      },
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: false,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    if (!verified) return undefined;
    const { id, publicKey, counter } = registrationInfo.credential;
    return { credentialId: id, publicKey, counter, transports, host: party.id, challenge };
  } catch {
    // The library throws for whatever does not hold; its words are for developers and may quote what was sent.
    return undefined;
  }
}

/** A signature that held. Good for nothing until `takeAssertion` has used it up. */
export interface HeldAssertion {
  readonly passkey: Passkey;
  /** The authenticator knew its person, by PIN, finger or face: then it is two steps in one. */
  readonly verifiedPerson: boolean;
  readonly counter: number;
  readonly challenge: string;
}

/** What a passkey answered, or undefined for an answer that does not hold: unknown key, wrong origin, challenge, purpose or signature. */
export async function readAssertion(
  db: Handle,
  keys: DigestKeys,
  party: RelyingParty,
  answer: string,
  purpose: string,
  now: number,
): Promise<HeldAssertion | undefined> {
  const parsed = parse(Assertion, answer);
  const passkey = parsed === undefined ? undefined : await passkeyByCredential(db, parsed.id);
  if (parsed === undefined || passkey === undefined || passkey.host !== party.id) return undefined;
  const { userHandle, ...response } = parsed.response;
  const named = userHandle == null ? undefined : Buffer.from(userHandle, 'base64url').toString('utf8');
  // The handle is what the authenticator keeps; a signature does not cover it, so that it may only agree.
  if (named !== undefined && named !== '' && named !== passkey.accountId) return undefined;
  const { verifyAuthenticationResponse } = await webAuthn();
  let challenge = '';
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: { ...parsed, response, clientExtensionResults: {} },
      expectedChallenge: (signed) => {
        challenge = signed;
        return isChallenge(keys, purpose, signed, now);
      },
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      // With 0 the library leaves the counter to us: one that went back is told apart from an answer that does not hold.
      credential: { id: passkey.credentialId, publicKey: passkey.publicKey, counter: 0 },
      requireUserVerification: false,
    });
    if (!verified) return undefined;
    const { newCounter, userVerified } = authenticationInfo;
    return { passkey, verifiedPerson: userVerified, counter: newCounter, challenge };
  } catch {
    return undefined;
  }
}

/**
 * Uses an assertion up. `used` when its challenge was answered before; `went back` when the counter did not move on, which
 * says that a copy of the key is about (WebAuthn §6.1.1).
 */
export async function takeAssertion(
  db: Handle,
  { passkey, counter, challenge }: HeldAssertion,
  now: number,
): Promise<'taken' | 'used' | 'went back'> {
  if (!(await takeChallenge(db, challenge, now))) return 'used';
  return (await notePasskeyUse(db, passkey.id, counter, now)) ? 'taken' : 'went back';
}

function parse<Schema extends z.ZodType>(schema: Schema, answer: string): z.infer<Schema> | undefined {
  if (answer.length > LONGEST_ANSWER) return undefined;
  try {
    const parsed = schema.safeParse(JSON.parse(answer));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
