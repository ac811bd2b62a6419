import type { AuthContext, PublicKeyAuthContext } from 'ssh2';
import { fingerprintOf, isLiveKey, proveKey, type Gateway, type ProvenKey } from '../../entry/index.ts';
import type { Limits } from './limits.ts';

/** Proof of one connection. The client may offer one key and prove another: only what was proven counts. */
export class Authentication {
  readonly #gateway: Gateway;
  readonly #limits: Limits;
  readonly #giveUp: () => void;
  readonly #offered = new Set<string>();
  #offers = 0;
  #failures = 0;
  #proven: { readonly key: ProvenKey; readonly userName: string } | undefined;

  /** @param giveUp ends the connection of a client that has tried often enough */
  constructor(gateway: Gateway, limits: Limits, giveUp: () => void) {
    this.#gateway = gateway;
    this.#limits = limits;
    this.#giveUp = giveUp;
  }

  /** The key by which the client was let in. */
  get proven(): { readonly key: ProvenKey; readonly userName: string } | undefined {
    return this.#proven;
  }

  /** Answers one request of RFC 4252. Throws where the connection ended meanwhile. */
  async answer(context: AuthContext): Promise<void> {
    switch (context.method) {
      case 'publickey':
        return context.signature === undefined ? this.#offer(context) : this.#prove(context);
      case 'keyboard-interactive':
        return this.#explain(context);
      case 'none':
        // How every client asks what there is.
        return this.#refuse(context);
      case 'password':
      case 'hostbased':
        return this.#fail(context);
    }
  }

  /** A key without a signature: whether it is worth one. */
  async #offer(context: PublicKeyAuthContext): Promise<void> {
    const fingerprint = fingerprintOf(context.key.data);
    if (!isWeak(context) && (await isLiveKey(this.#gateway, fingerprint))) context.accept();
    else this.#goOn(context, fingerprint);
  }

  async #prove(context: PublicKeyAuthContext): Promise<void> {
    const { key, signature, blob, hashAlgo } = context;
    if (signature === undefined || blob === undefined) return this.#fail(context);
    const proven = proveKey({
      type: key.algo,
      blob: key.data,
      signed: blob,
      signature,
      rsaHash: hashAlgo === 'sha256' || hashAlgo === 'sha512' ? hashAlgo : undefined,
    });
    if (proven === undefined) return this.#fail(context);
    if (!(await isLiveKey(this.#gateway, proven.fingerprint))) {
      return this.#goOn(context, proven.fingerprint);
    }
    // At once before it is accepted: nothing can come in between.
    this.#proven = { key: proven, userName: context.username };
    context.accept();
  }

  /** Nobody signs in by typing; but here a client that ran out of keys can show its person a sentence. */
  #explain(context: AuthContext & { readonly method: 'keyboard-interactive' }): void {
    const tried = [...this.#offered].join(', ');
    const says =
      tried === ''
        ? 'Your client offered no key. Name one with ssh -i FILE, or put it into the agent with ssh-add.'
        : `No key that your client offered is known here, or it is paused, was revoked or has expired: ${tried}.`;
    context.prompt([], says, 'Keys are added under Personal settings, SSH keys.', () => this.#fail(context));
  }

  /** The client may have another key. */
  #goOn(context: PublicKeyAuthContext, fingerprint: string): void {
    this.#offered.add(fingerprint);
    this.#offers += 1;
    if (this.#offers > this.#limits.offers) this.#giveUp();
    else this.#refuse(context);
  }

  #refuse(context: AuthContext): void {
    context.reject(['publickey', 'keyboard-interactive']);
  }

  #fail(context: AuthContext): void {
    this.#failures += 1;
    if (this.#failures > this.#limits.failures) return this.#giveUp();
    // Without the last resort, which would be tried again and again.
    context.reject(['publickey']);
  }
}

/** RSA with SHA-1, whose signatures can be forged by whoever can afford it. */
const isWeak = ({ key, hashAlgo }: PublicKeyAuthContext): boolean =>
  key.algo === 'ssh-rsa' && hashAlgo === undefined;
