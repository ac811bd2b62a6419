import type { PresentTarget } from './targets.ts';

/**
 * What confines a credential beyond its scopes. Bounds are a stack of layers, all of which must allow: narrowing pushes
 * a layer and nothing is ever edited. A kind of bound that this version does not know is refused wherever it stands.
 */
export interface RepositoriesBound {
  readonly kind: 'repositories';
  /** Ids, never names: a name can move to another repository. */
  readonly repositories: readonly string[];
}

export type Bound = RepositoriesBound;
export type BoundKind = Bound['kind'];

/** A bound as it lies in the store: its kind may be one that only a later version can judge. */
export type HeldBound = Bound | { readonly kind: 'unknown'; readonly name: string };

/** True when the target lies within the bound. Workspaces are judged by what they show (see the visibility of lists). */
export function boundAllows(bound: Bound, target: PresentTarget): boolean {
  switch (target.type) {
    case 'repository':
      return bound.repositories.includes(target.id);
    case 'workspace':
    case 'host':
    case 'account':
      return true;
  }
}
