import type { FastifyRequest } from 'fastify';
import type { PersonalGrant, PersonalKind } from '../../../acts/credentials/personal.ts';
import type { Grant } from '../../../gate/index.ts';
import type { Services } from '../../../services.ts';
import { grantOf, toSelf } from '../../shared/policy.ts';
import { enterAlso } from '../enter-also.ts';
import type { NoticeName } from '../notices.ts';
import { apiTokenPath, appPasswordPath, places } from '../places.ts';
import type { AccountPlace } from './rail.ts';

/** What tells the pages of app passwords from those of API tokens. */
export interface PersonalPages {
  readonly kind: PersonalKind;
  readonly rail: AccountPlace;
  /** "App passwords". */
  readonly title: string;
  /** "App password", and the same within a sentence. */
  readonly one: string;
  readonly named: string;
  readonly lead: string;
  /** Said where there is none yet. */
  readonly empty: string;
  readonly list: string;
  readonly create: string;
  readonly revoked: NoticeName;
  readonly path: (id: string, below?: string) => string;
  /** What stands beside the last day, which it may or must have. */
  readonly expires: { readonly help: string; readonly required: boolean };
  readonly grants: {
    readonly list: (request: FastifyRequest) => PersonalGrant<'list'>;
    readonly create: (request: FastifyRequest) => PersonalGrant<'create'>;
    readonly narrow: (request: FastifyRequest) => PersonalGrant<'narrow'>;
    readonly rotate: (request: FastifyRequest) => PersonalGrant<'rotate'>;
    readonly revoke: (request: FastifyRequest) => PersonalGrant<'revoke'>;
    readonly explain: (request: FastifyRequest) => PersonalGrant<'explain'>;
    /** To list them beside what the route was admitted for. Throws `Refused`. */
    readonly alsoList: (services: Services, request: FastifyRequest) => Promise<PersonalGrant<'list'>>;
  };
}

const DAY =
  'It works until the end of this day, in UTC; with a minute, such as 2027-03-31 14:00, until then.';

export const APP_PASSWORDS: PersonalPages = {
  kind: 'app_password',
  rail: 'app-passwords',
  title: 'App passwords',
  one: 'App password',
  named: 'app password',
  lead: 'Each lets one script or tool in under your name, by Git and the REST API, as far as its permissions go.',
  empty:
    'A script, a CI job or Git itself signs in with an app password instead of your own. Make one for each, so that you can revoke one alone.',
  list: places.appPasswords,
  create: places.newAppPassword,
  revoked: 'app-password-revoked',
  path: appPasswordPath,
  expires: { help: `${DAY} Empty: it does not expire.`, required: false },
  grants: {
    list: (request) => grantOf(request, 'app_password.list'),
    create: (request) => grantOf(request, 'app_password.create'),
    narrow: (request) => grantOf(request, 'app_password.narrow'),
    rotate: (request) => grantOf(request, 'app_password.rotate'),
    revoke: (request) => grantOf(request, 'app_password.revoke'),
    explain: (request) => grantOf(request, 'app_password.explain'),
    alsoList: (services, request): Promise<Grant<'app_password.list'>> =>
      enterAlso(services, request, 'app_password.list', toSelf()),
  },
};

export const API_TOKENS: PersonalPages = {
  kind: 'api_token',
  rail: 'api-tokens',
  title: 'API tokens',
  one: 'API token',
  named: 'API token',
  lead: 'For tools that ask for one, or sign in with your e-mail address. Each ends within a year, and its granular scopes open what they name and nothing besides.',
  empty:
    'A tool that was made for the API tokens of Bitbucket Cloud signs in with one of these. Make one for each tool; whatever else comes along is as well off with an app password.',
  list: places.apiTokens,
  create: places.newApiToken,
  revoked: 'api-token-revoked',
  path: apiTokenPath,
  expires: {
    help: `${DAY} A year from now at most. Empty: a year from now.`,
    required: false,
  },
  grants: {
    list: (request) => grantOf(request, 'api_token.list'),
    create: (request) => grantOf(request, 'api_token.create'),
    narrow: (request) => grantOf(request, 'api_token.narrow'),
    rotate: (request) => grantOf(request, 'api_token.rotate'),
    revoke: (request) => grantOf(request, 'api_token.revoke'),
    explain: (request) => grantOf(request, 'api_token.explain'),
    alsoList: (services, request): Promise<Grant<'api_token.list'>> =>
      enterAlso(services, request, 'api_token.list', toSelf()),
  },
};

export const PERSONAL_PAGES: readonly PersonalPages[] = [APP_PASSWORDS, API_TOKENS];
