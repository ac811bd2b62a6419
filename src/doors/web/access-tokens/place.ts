import type { FastifyRequest, RouteShorthandOptions } from 'fastify';
import type { AnyTokenGrant, TokenGrant, TokenVerb } from '../../../acts/credentials/token-place.ts';
import type { AccessTokenKind } from '../../../gate/index.ts';
import type { Services } from '../../../services.ts';
import type { Html } from '../html.ts';
import type { PageContent } from '../respond.ts';

/** Something that access tokens belong to: a repository, a project or a workspace, and how the pages of its tokens look. */
export interface TokenPages {
  readonly kind: AccessTokenKind;
  /** Route of the list; everything else lies below it. */
  readonly address: string;
  /** The options of a route that does this. */
  readonly route: (verb: TokenVerb) => RouteShorthandOptions;
  readonly grantOf: <Of extends TokenVerb>(request: FastifyRequest, verb: Of) => TokenGrant<Of>;
  /** A grant to list them, on a page that does something else. Throws `Refused`. */
  readonly listingToo: (services: Services, request: FastifyRequest) => Promise<TokenGrant<'list'>>;
  /** The one of this request. Throws `Problem` for a project that does not exist. */
  readonly here: (
    services: Services,
    request: FastifyRequest,
    grant: AnyTokenGrant,
  ) => Promise<TokensHere> | TokensHere;
}

/** The same for one repository, project or workspace. */
export interface TokensHere {
  /** "team/app", "project LIBS of team", "team". */
  readonly name: string;
  /** "team/app", "every repository of project LIBS". */
  readonly opens: string;
  /** "this repository". */
  readonly called: string;
  /** `workspace/repository`, where they are of one. */
  readonly repository: string | undefined;
  /** Key of the project that they are of. */
  readonly project: string | undefined;
  readonly href: string;
  /** `workspace/repository` that one of its tokens opens, for lines to paste. */
  readonly example: string;
  /** What is said above the fields that confine a new one. */
  readonly reach: Html;
  readonly frame: (content: PageContent) => PageContent;
}

/** The address of one of them, or of a page below it. */
export const tokenHref = ({ href }: TokensHere, id: string, below = ''): string =>
  `${href}/${encodeURIComponent(id)}${below}`;

export const newTokenHref = ({ href }: TokensHere): string => `${href}/new`;
