import type { Grant } from '../../gate/index.ts';

/**
 * The kinds of credential that people make for themselves, and where their pages are below the settings of the account.
 * They differ in how they are presented, which scopes they hold and how long they live, which the gate says
 * (`CREDENTIAL_KINDS`), and are made, listed, narrowed, replaced and revoked alike.
 */
const SETTINGS = { app_password: 'app-passwords', api_token: 'api-tokens' } as const;

export type PersonalKind = keyof typeof SETTINGS;

/** A grant for one of them, by what is to be done. */
export type PersonalGrant<Verb extends 'list' | 'create' | 'narrow' | 'rotate' | 'revoke' | 'explain'> =
  | Grant<`app_password.${Verb}`>
  | Grant<`api_token.${Verb}`>;

export const isPersonal = (kind: string): kind is PersonalKind => Object.hasOwn(SETTINGS, kind);

/** Which of them an operation on them is for. */
export const personalKindOf = (operation: `${PersonalKind}.${string}`): PersonalKind =>
  operation.startsWith('api_token.') ? 'api_token' : 'app_password';

/** The path of the page of one. */
export const personalPath = (kind: PersonalKind, id: string): string =>
  `/account/settings/${SETTINGS[kind]}/${id}`;
