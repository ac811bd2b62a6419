import {
  declarationOf,
  expandScopes,
  mayHold,
  OPERATION_NAMES,
  SCOPE_NAMES,
  SCOPES,
  type BoundKind,
  type CredentialKind,
  type OperationName,
  type Scope,
} from '../../../gate/index.ts';
import type { ScopeChipProps } from '../pieces/index.ts';

/** A scope as a form offers it; everything is read from the tables of the gate. */
export interface OfferedScope {
  readonly name: Scope;
  readonly label: string;
  readonly meaning: string;
  /** All that comes with it, without itself. */
  readonly implies: readonly Scope[];
  /** What it opens, as in "clone or fetch a repository". */
  readonly opens: readonly string[];
  /** What it opens only beside other scopes that it does not bring along, in the same words. */
  readonly together: readonly string[];
  /** The operations that it opens by itself, without those that what it brings along opens. */
  readonly itself: readonly OperationName[];
}

const STRONG: ReadonlySet<string> = new Set<Scope>([
  'repository:admin',
  'repository:delete',
  'account:write',
]);

const operationsOf = (kind: CredentialKind, scopes: readonly string[]): readonly OperationName[] => {
  const held = expandScopes(scopes);
  return OPERATION_NAMES.filter((name) => {
    const { kinds, scopes: needed } = declarationOf(name);
    return kinds.includes(kind) && needed !== 'any' && needed.every((scope) => held.has(scope));
  });
};

/** What a credential of this kind may do with these scopes and could not do without them. */
export const openedBy = (kind: CredentialKind, scopes: readonly string[]): readonly string[] =>
  operationsOf(kind, scopes).map((name) => declarationOf(name).does);

/** The same, parted by whether it can be judged under bounds of these kinds: what cannot is refused. */
export function openedUnder(
  kind: CredentialKind,
  scopes: readonly string[],
  bounds: readonly BoundKind[],
): { readonly opened: readonly string[]; readonly shut: readonly string[] } {
  const names = operationsOf(kind, scopes);
  const judged = (name: OperationName) => bounds.every((bound) => declarationOf(name).judges.includes(bound));
  return {
    opened: names.filter(judged).map((name) => declarationOf(name).does),
    shut: names.filter((name) => !judged(name)).map((name) => declarationOf(name).does),
  };
}

/** What takes this scope and another one that it does not bring along. */
function openedTogether(kind: CredentialKind, scope: Scope): readonly string[] {
  const alone = operationsOf(kind, [scope]);
  return OPERATION_NAMES.filter((name) => {
    const { kinds, scopes } = declarationOf(name);
    return kinds.includes(kind) && scopes !== 'any' && scopes.includes(scope) && !alone.includes(name);
  }).map((name) => {
    const { does, scopes } = declarationOf(name);
    const others = scopes === 'any' ? [] : scopes.filter((each) => each !== scope);
    return `${does}, with ${others.join(' and ')}`;
  });
}

/** The scopes that open something for this kind of credential, in the groups of the form; what opens nothing is not offered. */
export function offeredScopes(
  kind: CredentialKind,
): readonly { readonly group: string; readonly scopes: readonly OfferedScope[] }[] {
  const asked = new Set<string>(
    OPERATION_NAMES.flatMap((name) => {
      const { kinds, scopes } = declarationOf(name);
      return kinds.includes(kind) && scopes !== 'any' ? scopes : [];
    }),
  );
  const groups = new Map<string, OfferedScope[]>();
  for (const name of SCOPE_NAMES) {
    const { group, label, meaning } = SCOPES[name];
    if (!asked.has(name) || !mayHold(kind, name)) continue;
    const implies = [...expandScopes([name])].filter((each) => each !== name);
    groups.set(group, [
      ...(groups.get(group) ?? []),
      {
        name,
        label,
        meaning,
        implies,
        opens: openedBy(kind, [name]),
        together: openedTogether(kind, name),
        itself: operationsOf(kind, [name]).filter((each) => !operationsOf(kind, implies).includes(each)),
      },
    ]);
  }
  return [...groups].map(([group, scopes]) => ({ group, scopes }));
}

/** Scopes as they stand on a credential, for its line; one that this version does not know opens nothing, and says so. */
export const scopeChipsOf = (names: readonly string[]): readonly ScopeChipProps[] =>
  names.map((name) => {
    const known = SCOPE_NAMES.find((each) => each === name);
    return known === undefined
      ? { name, meaning: 'This version does not know it: it opens nothing.' }
      : {
          name,
          meaning: SCOPES[known].meaning,
          implies: [...expandScopes([known])].filter((each) => each !== known),
          strong: STRONG.has(name),
        };
  });
