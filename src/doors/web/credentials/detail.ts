import { endOf, hasEnded, standingOf } from '../../../acts/credentials/standing.ts';
import type { ViewedCredential, ViewedInFamily } from '../../../acts/credentials/view.ts';
import type { Credential } from '../../../credentials/index.ts';
import { CREDENTIAL_KINDS, declarationOf, isOperation, type HeldBound } from '../../../gate/index.ts';
import { html, type Html, type Renderable } from '../html.ts';
import {
  confirmOpener,
  emptyState,
  facts,
  pageHead,
  scopeChips,
  stateWords,
  table,
  time,
  type ConfirmProps,
  type CredentialLineProps,
} from '../pieces/index.ts';
import { lifeFacts, type Fact } from './life-facts.ts';
import { derivedFacts } from './derived.ts';
import { startOf } from './lines.ts';
import { pauseOpener } from './pause.ts';
import { canBeReplaced, predecessorFacts, replacedSection } from './succession.ts';
import { openedUnder, scopeChipsOf } from './scopes.ts';
import { usageSection } from './usage.ts';

export interface DetailProps {
  readonly viewed: ViewedInFamily;
  readonly now: Date;
  readonly revoke: ConfirmProps;
  /** The page of one of its family, or a page below that. */
  readonly hrefOf: (id: string, below?: string) => string;
  /** Facts of this kind alone, such as the address of the bot. */
  readonly besides: readonly Fact[];
}

/** Everything there is to know of one credential, and what can be done with it. */
export function detailBody(props: DetailProps): Html {
  const { viewed, now } = props;
  const { credential } = viewed;
  const ended = hasEnded(credential);
  const href = (below: string) => props.hrefOf(credential.id, below);
  return html`${pageHead({
    title: credential.label,
    lead: whatAndWhether({ ...credential, state: standingOf(credential) }, now),
    actions: html`<a class="button" href="${href('/explain')}">Why can it not…?</a>${
      !ended &&
      html` <a class="button" href="${href('/narrow')}">Narrow…</a> ${
        canBeReplaced(viewed) && html`<a class="button" href="${href('/replace')}">Replace…</a> `
      }${pauseOpener(credential, props.hrefOf)} ${confirmOpener(props.revoke, 'Revoke')}`
    }`,
  })}${replacedSection(props)}${facts([
    { name: 'Scopes', value: scopeChips(scopeChipsOf(credential.scopes)) },
    ...lifeFacts({ ...credential, expiresAt: endOf(credential) }, now),
    ...predecessorFacts(props),
    ...derivedFacts(props),
    ...props.besides,
  ])}${confinedTo(viewed, ended ? undefined : href('/narrow'))}${usageSection(viewed.usage, now)}${opens(viewed)}${observed(viewed, now)}`;
}

/** The kind of a credential, its public id, and whether it opens anything. */
export const whatAndWhether = (
  {
    kind,
    id,
    state,
    notBefore,
    pausedAt,
  }: Pick<Credential, 'kind' | 'id' | 'notBefore' | 'pausedAt'> & {
    readonly state: CredentialLineProps['state'];
  },
  now: Date,
): Html =>
  html`${CREDENTIAL_KINDS[kind].title} <code>${id}</code> <span class="state state-${state}">${stateWords({ state, starts: startOf({ notBefore, pausedAt }, now), now })}</span>`;

export function confinedTo(
  { bounds, boundWords }: Pick<ViewedCredential, 'bounds' | 'boundWords'>,
  narrowHref: string | undefined,
): Html {
  return html`<section aria-labelledby="confined"><h2 id="confined">What it is confined to</h2>${
    bounds.length === 0
      ? html`<p>Nothing beyond its scopes${narrowHref !== undefined && html`: <a href="${narrowHref}">narrow it</a>, from its next use on`}.</p>`
      : html`${boundList({ bounds, boundWords })}<p class="quiet">All of these must allow. It can be narrowed further and never widened: for more, make a new one.</p>`
  }</section>`;
}

/** Bounds in words, those that count with what is left of them. */
export const boundList = ({ bounds, boundWords }: Pick<ViewedCredential, 'bounds' | 'boundWords'>): Html =>
  html`<ul class="plain-list">${boundWords.map((words, index) => {
    const bound = bounds[index];
    return html`<li>${words}${bound !== undefined && left(bound)}</li>`;
  })}</ul>`;

/** How much is left of what is counted. */
function left(bound: HeldBound): Renderable {
  if (bound.kind !== 'uses' && bound.kind !== 'pushes') return '';
  const rest = Math.max(0, bound.limit - bound.used);
  return html` <span class="badge">${rest === 0 ? 'none left' : `${rest} left`}</span>`;
}

/** What a credential of its kind may do with its scopes under its bounds. */
export function opens({ credential, bounds }: Pick<ViewedCredential, 'credential' | 'bounds'>): Html {
  if (bounds.some(({ kind }) => kind === 'unknown')) {
    return html`<section aria-labelledby="opens"><h2 id="opens">What it opens</h2><p>Nothing: this version cannot judge one of its bounds.</p></section>`;
  }
  const kinds = bounds.flatMap((bound) => (bound.kind === 'unknown' ? [] : [bound.kind]));
  const { opened, shut } = openedUnder(credential.kind, credential.scopes, kinds);
  const list = (does: readonly string[]) =>
    html`<ul class="plain-list">${does.map((each) => html`<li>${each}</li>`)}</ul>`;
  return html`<section aria-labelledby="opens"><h2 id="opens">What it opens</h2><p>Within what it is confined to, and ${
    credential.owner.type === 'account'
      ? 'as far as the role of its owner reaches'
      : `in the ${credential.owner.type} that it belongs to`
  }:</p>${list(opened)}${
    shut.length > 0 &&
    html`<p>Its scopes would also open the following, which cannot be judged under its bounds and is refused:</p>${list(shut)}`
  }</section>`;
}

/** What a bound on networks that only watches wrote down. */
export function observed(
  { bounds, observations }: Pick<ViewedCredential, 'bounds' | 'observations'>,
  now: Date,
): Renderable {
  const watches = bounds.some((bound) => bound.kind === 'networks' && bound.observe);
  if (!watches && observations.length === 0) return '';
  return html`<section aria-labelledby="observed"><h2 id="observed">What its networks would have refused</h2>${table(
    {
      caption: 'Uses from elsewhere',
      quietCaption: true,
      rows: observations,
      empty: emptyState({
        title: 'Nothing so far',
        body: 'Every use came from its networks. After a while, narrow it to the same networks without watching: then others are refused.',
      }),
      columns: [
        {
          label: 'From',
          cell: ({ address }) => (address === '' ? 'several places' : html`<code>${address}</code>`),
        },
        {
          label: 'To',
          cell: ({ operation }) => (isOperation(operation) ? declarationOf(operation).does : operation),
        },
        { label: 'Times', align: 'end', cell: ({ count }) => count.toLocaleString('en') },
        { label: 'First', cell: ({ firstAt }) => time({ at: new Date(firstAt), now }) },
        { label: 'Last', cell: ({ lastAt }) => time({ at: new Date(lastAt), now }) },
      ],
    },
  )}</section>`;
}
