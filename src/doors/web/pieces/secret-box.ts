import { html } from '../html.ts';
import type { Html, Renderable } from '../html.ts';
import { copyLine } from './copy.ts';
import type { CopyLineProps } from './copy.ts';

export interface SecretBoxProps {
  /** "App password", "Access token": what the secret is. */
  readonly kind: string;
  readonly label: string;
  /** In clear. The page that carries it must answer `Cache-Control: no-store`, and nothing else may hold it. */
  readonly secret: string;
  readonly publicId: string;
  /** Ready to paste: Git, curl, CI. */
  readonly lines: readonly CopyLineProps[];
  readonly note?: Renderable;
  readonly doneHref: string;
}

/** The one moment a secret is seen. */
export function secretBox(props: SecretBoxProps): Html {
  return html`<section class="secret" aria-labelledby="secret-title"><h2 id="secret-title">${props.kind} for ${props.label}</h2>
<p>Copy it now: it is shown this once and cannot be shown again.</p>
<div class="secret-value">${copyLine({ label: `The secret of ${props.label}`, text: props.secret, showLabel: false })}</div>
<p class="quiet">In lists, logs and audit it appears as <code>${props.publicId}</code>.</p>${props.note && html`<p>${props.note}</p>`}${
    props.lines.length > 0 && html`<h3>Ready to paste</h3>${props.lines.map(copyLine)}`
  }<div class="submit-row"><a class="button button-primary" href="${props.doneHref}">I have stored it</a></div></section>`;
}
