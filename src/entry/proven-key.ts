import { fingerprintOf, provesKey, type KeyProof } from '../credentials/index.ts';

const KEY: unique symbol = Symbol('prove');

/** A public key whose holder has proved to hold it. There is no other way to one than a signature that verifies. */
export class ProvenKey {
  /** `SHA256:…` as ssh-keygen prints it. */
  readonly fingerprint: string;
  /** An object of the same shape is none. */
  declare protected readonly proven: true;

  constructor(key: typeof KEY, fingerprint: string) {
    if (key !== KEY) throw new TypeError('A key is proven by a signature.');
    this.fingerprint = fingerprint;
  }
}

/** The key of a signature that is valid, or undefined: nothing else that a client sends proves anything. */
export const proveKey = (proof: KeyProof): ProvenKey | undefined =>
  provesKey(proof) ? new ProvenKey(KEY, fingerprintOf(proof.blob)) : undefined;

export { fingerprintOf };
