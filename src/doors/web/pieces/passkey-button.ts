import { attributes, html } from '../html.ts';
import type { Html } from '../html.ts';

export interface PasskeyButtonProps {
  readonly label: string;
  /** `create` registers a new one, `get` asks for one that is registered. */
  readonly does: 'create' | 'get';
  /** JSON of WebAuthn's options, from an act. */
  readonly request: string;
  readonly primary?: boolean | undefined;
  /** What was wrong with an answer that was sent. */
  readonly error?: string | undefined;
}

/**
 * For the body of a form, which it sends with the answer in the field `passkey`. It shows itself with the script
 * `assets.passkeyScript`, which the page names in `scripts`.
 */
export function passkeyButton({ label, does, request, primary, error }: PasskeyButtonProps): Html {
  return html`<div class="passkey"><input type="hidden" name="passkey" value=""><button type="button" class="button ${primary && 'button-primary'}" hidden data-passkey="${does}" data-passkey-options="${request}">${label}</button><p class="error" role="alert" data-passkey-trouble ${attributes({ hidden: error === undefined })}>${error}</p><noscript><p class="quiet">Passkeys and security keys need scripts, which are off in this browser.</p></noscript></div>`;
}
