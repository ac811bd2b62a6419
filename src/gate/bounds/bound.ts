import type { Network } from './network.ts';
import type { Pattern } from './pattern.ts';
import type { Window } from './window.ts';

/** What happens to a ref in a push. */
export const REF_CHANGES = ['create', 'fast-forward', 'force', 'delete'] as const;
export type RefChange = (typeof REF_CHANGES)[number];

/** What a pattern of refs permits where its writer named no changes. */
export const USUAL_CHANGES: readonly RefChange[] = ['create', 'fast-forward'];

export interface RefRule {
  readonly pattern: Pattern;
  readonly changes: readonly RefChange[];
}

/**
 * The kinds of bound. Each confines a credential in one respect and says nothing about the others; a credential carries a
 * stack of them, all of which must allow. Ids, never names: a name can move to another thing.
 */
export type Bound =
  /** A target must be one of these, or lie in one of these. */
  | {
      readonly kind: 'repositories';
      readonly workspaces: readonly string[];
      readonly projects: readonly string[];
      readonly repositories: readonly string[];
    }
  /** Which refs a push may change, and how. */
  | { readonly kind: 'refs'; readonly allow: readonly RefRule[]; readonly deny: readonly Pattern[] }
  /** Which files a push may change. */
  | { readonly kind: 'paths'; readonly allow: readonly Pattern[]; readonly deny: readonly Pattern[] }
  /** From where it may be used; `observe` records what it would have refused and refuses nothing. */
  | { readonly kind: 'networks'; readonly networks: readonly Network[]; readonly observe: boolean }
  /** When it may be used: in any of the windows. */
  | { readonly kind: 'time'; readonly windows: readonly Window[] }
  /** How often it may be used at all: one REST request, one fetch that brings objects, or one push is a use. */
  | { readonly kind: 'uses'; readonly limit: number; readonly used: number }
  /** How often it may push; reading is not counted, and nothing else may be changed. */
  | { readonly kind: 'pushes'; readonly limit: number; readonly used: number }
  /** How many bytes a push may bring. */
  | { readonly kind: 'size'; readonly maximumBytes: number }
  /** Commits that a push brings must have the credential's own identity as committer. */
  | { readonly kind: 'author' };

export type BoundKind = Bound['kind'];

/** A bound as it lies in the store: its kind may be one that only a later version can judge; that one refuses everything. */
export type HeldBound = Bound | { readonly kind: 'unknown'; readonly name: string };
