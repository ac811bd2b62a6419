import type { Problem } from '../../../problem.ts';
import { html, type Html, type Renderable } from '../html.ts';
import { copyLine, form, type FieldProps } from '../pieces/index.ts';
import { errorAbove, errorIn } from '../respond.ts';
import type { TypedPublicKey } from './typed-key.ts';

const SHOWN = ['key', 'label', 'expires', 'role'] as const;

/** What was sent by mistake is not sent back, nor kept in the history of a browser. */
const withoutPrivate = (key: string): string => (/PRIVATE KEY/.test(key) ? '' : key);

/** The form that adds a public key. */
export function keyForm(props: {
  readonly action: string;
  readonly cancelHref: string;
  readonly submitLabel: string;
  readonly typed: TypedPublicKey;
  readonly problem: Problem | undefined;
  readonly labelHelp: Renderable;
  /** Asks whether the key may push. */
  readonly asksForRole: boolean;
}): Html {
  const { typed, problem } = props;
  const fields: readonly FieldProps[] = [
    {
      kind: 'textarea',
      name: 'key',
      label: 'Public key',
      help: html`The one line of the file whose name ends in <code>.pub</code>, such as <code>~/.ssh/id_ed25519.pub</code>. The file without that ending is the private key: it stays where it is.`,
      value: withoutPrivate(typed.key),
      rows: 5,
      code: true,
      required: true,
      error: errorIn(problem, 'key'),
    },
    {
      kind: 'text',
      name: 'label',
      label: 'Label',
      help: props.labelHelp,
      value: typed.label,
      maxlength: 100,
      error: errorIn(problem, 'label'),
    },
    ...(props.asksForRole ? [roleField(typed, errorIn(problem, 'role'))] : []),
    {
      kind: 'date',
      name: 'expires',
      label: 'Expires',
      help: 'It works until the end of this day, in UTC; with a minute, such as 2027-03-31 14:00, until then. Empty: it does not expire.',
      value: typed.expires,
      error: errorIn(problem, 'expires'),
    },
  ];
  return form({
    action: props.action,
    error: errorAbove(problem, SHOWN),
    fields,
    submit: { label: props.submitLabel, cancelHref: props.cancelHref },
  });
}

const roleField = ({ write }: TypedPublicKey, error: string | undefined): FieldProps => ({
  kind: 'radios',
  name: 'role',
  label: 'What it may do',
  required: true,
  values: [write ? 'write' : 'read'],
  error,
  options: [
    { value: 'read', label: 'Read', help: 'Clone and fetch, the wiki included.' },
    { value: 'write', label: 'Read and write', help: 'Also push, as far as branch restrictions let it.' },
  ],
});

/** The lines that make a key pair, for whoever has none yet. */
export const howToMakeOne = (comment: string): Html =>
  html`<details class="part"><summary><span class="part-title">No key yet?</span></summary><div class="part-body"><p>On the machine that will use it, this makes a pair and prints its public half:</p>${copyLine({ label: 'Make a key pair', showLabel: false, text: `ssh-keygen -t ed25519 -C "${comment}"\ncat ~/.ssh/id_ed25519.pub` })}<p class="quiet">Accepted are Ed25519, ECDSA, RSA of 2048 bits and more, and keys on security keys (ed25519-sk, ecdsa-sk).</p></div></details>`;
