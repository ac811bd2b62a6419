import {
  GRANULAR_SCOPE_NAMES,
  GRANULAR_SCOPES,
  isGranularScope,
  type GranularScope,
} from './granular-scopes.ts';
import { CREDENTIAL_KINDS, type CredentialKind } from './kinds.ts';
import { expandScopes, isScope, SCOPE_NAMES, SCOPES, type Scope } from './scopes.ts';

/**
 * The two catalogues of scopes together. The kind of a credential says from which one its scopes are; no name stands in
 * both, so that what is held can be looked up without it.
 */

export type AnyScope = Scope | GranularScope;

/** Every scope that some kind can hold, by the catalogue that it names (`CREDENTIAL_KINDS`). */
export const CATALOGUES = {
  classic: SCOPE_NAMES,
  granular: GRANULAR_SCOPE_NAMES,
  none: [],
} as const satisfies Record<(typeof CREDENTIAL_KINDS)[CredentialKind]['scopes'], readonly AnyScope[]>;

export const isAnyScope = (name: string): name is AnyScope => isScope(name) || isGranularScope(name);

/** What holding these amounts to: the classic ones with what they imply, the granular ones as they are; what is neither is dropped. */
export function heldScopes(scopes: readonly string[]): ReadonlySet<AnyScope> {
  const classic = expandScopes(scopes);
  const granular = scopes.filter(isGranularScope);
  return granular.length === 0 ? classic : new Set<AnyScope>([...classic, ...granular]);
}

/** What a scope brings along, without itself. */
export const impliedBy = (scope: AnyScope): readonly AnyScope[] =>
  [...heldScopes([scope])].filter((each) => each !== scope);

/** The words of a scope, for people. */
export const describeScope = (
  scope: AnyScope,
): { readonly group: string; readonly label: string; readonly meaning: string } =>
  isScope(scope) ? SCOPES[scope] : GRANULAR_SCOPES[scope];
