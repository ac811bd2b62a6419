import { fingerprintOf, provesKey, readPublicKey, type KeyProof } from '../credentials/index.ts';
import { Problem } from '../problem.ts';

const KEY: unique symbol = Symbol('prove');

/**
 * A public key whose holder has proved to hold it: by a signature that verifies here, or by one that the system's OpenSSH
 * verified before it called our command line.
 */
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

/** For the command line alone: who calls it can read the data folder, and OpenSSH calls it behind a signature only. */
export const keyProvenToOpenSsh = (fingerprint: string): ProvenKey => new ProvenKey(KEY, fingerprint);

/** A key that is offered and not proven, as one line, with its fingerprint; undefined for none that is accepted here. */
export function offeredKey(
  type: string,
  encoded: string,
): { readonly line: string; readonly fingerprint: string } | undefined {
  try {
    const key = readPublicKey(`${type} ${encoded}`);
    return { line: `${key.type} ${key.blob}`, fingerprint: key.fingerprint };
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

export { fingerprintOf };
