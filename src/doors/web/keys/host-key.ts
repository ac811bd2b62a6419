import type { Services } from '../../../services.ts';
import { html, type Html } from '../html.ts';
import { copyLine } from '../pieces/index.ts';

/** How the host is known over SSH: what a client shows at its first connection, and the line that answers it beforehand. */
export function hostOverSsh(ssh: Services['ssh']): Html {
  if (ssh === null) return html`<p class="quiet">Git over SSH is switched off on this host.</p>`;
  const { username, hostname, port } = new URL(ssh.url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const isUsual = port === '' || port === '22';
  const ownKey =
    ssh.hostKey !== null &&
    html`<p>At the first connection your client shows the fingerprint of the host’s own key. It must be <code class="key-mark">${ssh.hostKey.fingerprint}</code>.</p>${copyLine(
      {
        label: 'Line for ~/.ssh/known_hosts, so that it does not ask',
        text: `${isUsual ? host : `[${host}]:${port}`} ${ssh.hostKey.publicKey}`,
      },
    )}`;
  return html`<details class="part"><summary><span class="part-title">This host over SSH</span></summary><div class="part-body">${ownKey}${copyLine(
    {
      label: 'Try a key of yours',
      text: `ssh -T${isUsual ? '' : ` -p ${port}`} ${username}@${host}`,
    },
  )}</div></details>`;
}
