import { momentIn } from '../credentials/moments.ts';
import type { FormInput } from '../form-input.ts';

/** The form for a public key as it was typed. */
export interface TypedPublicKey {
  readonly label: string;
  readonly key: string;
  readonly expires: string;
  /** Of an access key: whether it may push. */
  readonly write: boolean;
}

export const NOTHING_TYPED: TypedPublicKey = { label: '', key: '', expires: '', write: false };

export const typedPublicKey = (form: FormInput): TypedPublicKey => ({
  label: form.text('label'),
  key: form.text('key'),
  expires: form.text('expires'),
  write: form.text('role') === 'write',
});

/** What an act takes. Throws `Problem` for an expiry that is no moment. */
export const keyInputOf = ({ label, key, expires, write }: TypedPublicKey) => ({
  label,
  publicKey: key,
  expiresAt: momentIn(expires, 'expires', 'end'),
  role: write ? ('write' as const) : ('read' as const),
});
