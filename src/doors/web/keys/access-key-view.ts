import type { ViewedAccessKey } from '../../../acts/keys/access-key.ts';
import { letIn, OF_A_KEY } from '../credentials/usage.ts';
import { html, type Html, type Renderable } from '../html.ts';
import type { KeysPlace } from './access-keys-view.ts';
import type { AdministeredPlace } from './administered-places.ts';
import { keyBody } from './key-body.ts';

/** Other places that a page names at most: each is decided by itself. */
export const PLACES_NAMED = 10;

/** One access key in its place. */
export function accessKeyBody(props: {
  readonly place: KeysPlace;
  readonly viewed: ViewedAccessKey;
  /** Where it may be used besides, as far as whoever looks administers that. */
  readonly others: readonly AdministeredPlace[];
  /** How many more places there are. */
  readonly more: number;
  readonly now: Date;
}): Html {
  const { place, viewed, others, more, now } = props;
  const { listed, usage, observations, tellsHereAlone } = viewed;
  const { bounds, boundWords, tellsUse, lastUsedAt } = listed;
  return keyBody({
    kind: 'access_key',
    id: listed.credentialId,
    label: listed.label,
    key: listed.key,
    life: { ...listed, lastUsedAt: tellsUse ? lastUsedAt : 'untold', revokedAt: null },
    actions: html`<a class="button button-danger-quiet" href="${place.keyHref(listed.id, '/remove')}">Take away…</a>`,
    besides: [
      {
        name: 'Opens',
        value: `${place.name}, ${listed.role === 'write' ? 'to read and to write' : 'to read'}`,
      },
      ...(others.length + more === 0 ? [] : [{ name: 'Opens besides', value: otherPlaces(others, more) }]),
    ],
    bounds,
    boundWords,
    unconfined: `Nothing beyond its place: it opens ${place.opens}, by Git over SSH.`,
    usage,
    observations,
    ...(tellsHereAlone && { usageWords: hereAlone(place) }),
    now,
  });
}

const hereAlone = ({ name }: KeysPlace) => ({
  ...OF_A_KEY,
  title: `What it was used for in ${name}`,
  note: 'It opens other places, too, or once did. What it did there is not told here, and neither is what it was refused.',
  sum: letIn,
});

function otherPlaces(others: readonly AdministeredPlace[], more: number): Renderable {
  if (others.length === 0) return more === 1 ? 'One other place' : `${more} other places`;
  return html`${others.map(
    ({ name, href }, index) => html`${index > 0 && ', '}<a href="${href}">${name}</a>`,
  )}${more > 0 && ` and ${more === 1 ? 'one' : more} more`}`;
}
