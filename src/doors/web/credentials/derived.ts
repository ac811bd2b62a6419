import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify';
import type { ViewedInFamily } from '../../../acts/credentials/view.ts';
import type { WhichPage } from '../../../acts/credentials/which-page.ts';
import type { Credential, CredentialPage } from '../../../credentials/index.ts';
import { html, type Renderable } from '../html.ts';
import { emptyState, pageHead } from '../pieces/index.ts';
import type { PageContent } from '../respond.ts';
import type { Fact } from './life-facts.ts';
import { credentialPages } from './lines.ts';
import { whichIn } from './parted-list.ts';

interface Derivation {
  readonly viewed: Pick<ViewedInFamily, 'credential' | 'derived'>;
  /** The page of another one of its owner, or a page below that. */
  readonly hrefOf: (id: string, below?: string) => string;
}

/** What a credential came of, and what came of it. */
export function derivedFacts({ viewed: { credential, derived }, hrefOf }: Derivation): readonly Fact[] {
  const { id, derivedFrom, isPausedAbove } = credential;
  const { living, ended } = derived;
  return [
    ...(derivedFrom === null
      ? []
      : [
          {
            name: 'Derived from',
            value: html`<a href="${hrefOf(derivedFrom)}"><code>${derivedFrom}</code></a>, within what that one may do and as long as it may${isPausedAbove && '; it is paused with that'}`,
          },
        ]),
    ...(living + ended === 0
      ? []
      : [
          {
            name: 'Derived tokens',
            value: html`<a href="${hrefOf(id, '/derived')}">${living.toLocaleString('en')} active</a>${ended > 0 && `, ${ended.toLocaleString('en')} ended`}`,
          },
        ]),
  ];
}

/** That what came of it ends, pauses or is narrowed with it; for the question before that. */
export const goesWithIt = (
  { derived: { living } }: { readonly derived: { readonly living: number } },
  done: string,
): readonly string[] =>
  living === 0
    ? []
    : [
        living === 1
          ? `The token that was derived from it is ${done} with it, and whatever came of that.`
          : `The ${living.toLocaleString('en')} tokens that were derived from it are ${done} with it, and whatever came of those.`,
      ];

interface DerivedPages {
  /** Route of the page of one, that these lie below. */
  readonly place: string;
  readonly route: RouteShorthandOptions;
  /** The one of the request, and the derived tokens of a page. Throws `Problem` where there is none of this id. */
  readonly find: (
    request: FastifyRequest,
    which: WhichPage,
  ) => Promise<{
    readonly viewed: ViewedInFamily;
    readonly shown: CredentialPage;
    readonly boundWords: ReadonlyMap<string, readonly string[]>;
    readonly hrefOf: (id: string, below?: string) => string;
    /** The button that revokes one. */
    readonly revoke: (credential: Credential) => Renderable;
  }>;
  readonly now: () => Date;
  readonly send: (
    request: FastifyRequest,
    reply: FastifyReply,
    content: PageContent,
  ) => Promise<FastifyReply>;
}

/** The tokens that were derived from a credential, and revoking any of them. */
export function addDerivedPage(app: FastifyInstance, pages: DerivedPages): void {
  app.get(`${pages.place}/derived`, pages.route, async (request, reply) => {
    const which = whichIn(request);
    const { viewed, shown, boundWords, hrefOf, revoke } = await pages.find(request, which);
    const { id, label } = viewed.credential;
    const title = `Derived from “${label}”`;
    const body = html`${pageHead({
      title,
      lead: 'Whatever uses this credential made these of it: each may do less or as much as that and never more, and is paused and ends with it.',
      actions: html`<a class="button" href="${hrefOf(id)}">Back to the credential</a>`,
    })}${credentialPages({
      label: title,
      href: hrefOf(id, '/derived'),
      which,
      shown,
      now: pages.now(),
      boundWords,
      detailHref: (each) => hrefOf(each.id),
      action: revoke,
      empty: emptyState({
        title: 'Nothing that was derived from it is active',
        body: 'A job that holds a credential can ask for a narrower and shorter one, and hand on only that.',
      }),
    })}`;
    return pages.send(request, reply, { title, width: 'full', body });
  });
}
