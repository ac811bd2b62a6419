/** For doors, which take of a domain nothing but types. */
export { OauthError } from '../../oauth/index.ts';
