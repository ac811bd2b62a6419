import type { Services } from '../../../services.ts';
import { html, type Html } from '../html.ts';
import { copyLine } from '../pieces/index.ts';

/** How the host is known over SSH: what a client shows at its first connection, and the line that answers it beforehand. */
export function hostOverSsh(ssh: Services['ssh']): Html {
  if (ssh === null) return html`<p class="quiet">Git over SSH is switched off on this host.</p>`;
  const { username, hostname, port } = new URL(ssh.url);
  const usualPort = port === '' || port === '22';
  const name = usualPort ? hostname : `[${hostname.replace(/^\[|\]$/g, '')}]:${port}`;
  return html`<details class="part"><summary><span class="part-title">Is it this host?</span></summary><div class="part-body"><p>At the first connection your client shows the fingerprint of the host’s own key. It must be <code>${ssh.hostKey.fingerprint}</code>.</p>${copyLine(
    {
      label: 'Line for ~/.ssh/known_hosts, so that it does not ask',
      text: `${name} ${ssh.hostKey.publicKey}`,
    },
  )}${copyLine({
    label: 'Try a key of yours',
    text: `ssh -T${usualPort ? '' : ` -p ${port}`} ${username}@${hostname.replace(/^\[|\]$/g, '')}`,
  })}</div></details>`;
}
