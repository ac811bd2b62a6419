import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const KEY_INCLUDED = 0x40;

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest();

/** CBOR (RFC 8949) of bytes up to 65535. */
const cborBytes = (bytes: Uint8Array): Buffer =>
  Buffer.concat([
    bytes.length < 24
      ? Buffer.from([0x40 | bytes.length])
      : bytes.length < 256
        ? Buffer.from([0x58, bytes.length])
        : Buffer.from([0x59, bytes.length >> 8, bytes.length & 0xff]),
    bytes,
  ]);
const cborText = (text: string): Buffer =>
  Buffer.concat([Buffer.from([0x60 | text.length]), Buffer.from(text)]);

export interface Answering {
  readonly origin: string;
  readonly host: string;
  readonly counter: number;
  readonly verified: boolean;
  /** In the place of the one that was asked for. */
  readonly challenge?: string;
  readonly type?: string;
  readonly userHandle?: string;
}

/** A security key made of software, which can be told to answer what no browser would let it. */
export class SoftwareKey {
  readonly id = randomBytes(32);
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  /** @param request the options that the host gave, as JSON */
  register(request: string, how: Answering): string {
    const { x = '', y = '' } = this.#keys.publicKey.export({ format: 'jwk' });
    // RFC 9053 §7.1.1: {1: EC2, 3: ES256, -1: P-256, -2: x, -3: y}
    const key = Buffer.concat([
      Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]),
      cborBytes(Buffer.from(x, 'base64url')),
      Buffer.from([0x22]),
      cborBytes(Buffer.from(y, 'base64url')),
    ]);
    const included = Buffer.concat([Buffer.alloc(16), Buffer.from([0, this.id.length]), this.id, key]);
    const attestation = Buffer.concat([
      Buffer.from([0xa3]),
      cborText('fmt'),
      cborText('none'),
      cborText('attStmt'),
      Buffer.from([0xa0]),
      cborText('authData'),
      cborBytes(Buffer.concat([this.#head(how, KEY_INCLUDED), included])),
    ]);
    return this.#answer({
      clientDataJSON: this.#client(request, 'webauthn.create', how),
      attestationObject: attestation,
    });
  }

  /** @param request the options that the host gave, as JSON */
  authenticate(request: string, how: Answering): string {
    const clientDataJSON = this.#client(request, 'webauthn.get', how);
    const authenticatorData = this.#head(how, 0);
    const signature = sign(
      'sha256',
      Buffer.concat([authenticatorData, sha256(clientDataJSON)]),
      this.#keys.privateKey,
    );
    const handle = how.userHandle === undefined ? {} : { userHandle: Buffer.from(how.userHandle) };
    return this.#answer({ clientDataJSON, authenticatorData, signature, ...handle });
  }

  #head({ host, counter, verified }: Answering, flags: number): Buffer {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    const all = flags | USER_PRESENT | (verified ? USER_VERIFIED : 0);
    return Buffer.concat([sha256(host), Buffer.from([all]), count]);
  }

  #client(request: string, type: string, how: Answering): Buffer {
    const { challenge } = JSON.parse(request) as { challenge: string };
    return Buffer.from(
      JSON.stringify({
        type: how.type ?? type,
        challenge: how.challenge ?? challenge,
        origin: how.origin,
        crossOrigin: false,
      }),
    );
  }

  #answer(response: Readonly<Record<string, Uint8Array>>): string {
    const id = base64url(this.id);
    const written = Object.fromEntries(
      Object.entries(response).map(([name, bytes]) => [name, base64url(bytes)]),
    );
    return JSON.stringify({ id, rawId: id, type: 'public-key', response: written });
  }
}
