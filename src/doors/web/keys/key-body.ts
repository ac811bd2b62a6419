import type { ViewedCredential } from '../../../acts/credentials/view.ts';
import type { KeptKey } from '../../../credentials/index.ts';
import { boundList, observed, whatAndWhether } from '../credentials/detail.ts';
import { lifeFacts, type Fact, type Life } from '../credentials/life-facts.ts';
import { usageSection, type UsageWords } from '../credentials/usage.ts';
import { html, type Html, type Renderable } from '../html.ts';
import { copyLine, facts, pageHead } from '../pieces/index.ts';
import { keyTypeName } from './key-line.ts';

export interface KeyBodyProps
  extends Pick<ViewedCredential, 'bounds' | 'boundWords' | 'usage' | 'observations'> {
  readonly kind: 'ssh_key' | 'access_key';
  /** Public id of the credential. */
  readonly id: string;
  readonly label: string;
  readonly key: KeptKey;
  readonly life: Life;
  readonly actions: Renderable;
  /** Facts of this kind alone. */
  readonly besides: readonly Fact[];
  /** Said where no bound confines it. */
  readonly unconfined: string;
  readonly usageWords?: UsageWords;
  readonly now: Date;
}

/** Everything there is to know of one public key, whoever it belongs to. */
export function keyBody(props: KeyBodyProps): Html {
  const { kind, id, label, key, life, now } = props;
  return html`${pageHead({
    title: label,
    lead: whatAndWhether({ ...life, kind, id }, now),
    actions: props.actions,
  })}${facts([
    { name: 'Type', value: keyTypeName(key) },
    { name: 'Fingerprint', value: html`<code>${key.fingerprint}</code>` },
    ...props.besides,
    ...lifeFacts(life, now),
  ])}${copyLine({ label: 'Public key', text: `${key.publicKey} ${key.comment}`.trim() })}${confinedTo(props)}${usageSection(props.usage, now, props.usageWords)}${observed(props, now)}`;
}

const confinedTo = (props: KeyBodyProps): Html =>
  html`<section aria-labelledby="confined"><h2 id="confined">What it is confined to</h2>${
    props.boundWords.length === 0
      ? html`<p>${props.unconfined}</p>`
      : html`${boundList(props)}<p class="quiet">All of these must allow, and none is ever taken off: for more, add another key.</p>`
  }</section>`;
