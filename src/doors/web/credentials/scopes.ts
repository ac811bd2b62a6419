import {
  CATALOGUES,
  CREDENTIAL_KINDS,
  declarationOf,
  describeScope,
  heldScopes,
  impliedBy,
  isAnyScope,
  isScope,
  mayHold,
  OPERATION_NAMES,
  scopesFor,
  type AnyScope,
  type BoundKind,
  type CredentialKind,
  type OperationName,
} from '../../../gate/index.ts';
import type { ScopeChipProps } from '../pieces/index.ts';

/** A scope as a form offers it; everything is read from the tables of the gate. */
export interface OfferedScope {
  readonly name: AnyScope;
  readonly label: string;
  readonly meaning: string;
  /** All that comes with it, without itself. */
  readonly implies: readonly AnyScope[];
  /** What it opens, as in "clone or fetch a repository". */
  readonly opens: readonly string[];
  /** What it opens only beside other scopes that it does not bring along, in the same words. */
  readonly together: readonly string[];
  /** The operations that it opens by itself, without those that what it brings along opens. */
  readonly itself: readonly OperationName[];
}

const STRONG: ReadonlySet<string> = new Set<AnyScope>([
  'repository:admin',
  'repository:delete',
  'account:write',
  'admin:repository:bitbucket',
  'delete:repository:bitbucket',
  'delete:ssh-key:bitbucket',
]);

const operationsOf = (kind: CredentialKind, scopes: readonly string[]): readonly OperationName[] => {
  const held = heldScopes(scopes);
  return askableWith(kind).flatMap(({ name, needed }) =>
    needed.every((scope) => held.has(scope)) ? name : [],
  );
};

/** What a credential of this kind may ask for by its scopes, with those that it takes. */
const askableWith = (kind: CredentialKind) =>
  OPERATION_NAMES.flatMap((name) => {
    const needed = scopesFor(name, kind);
    return declarationOf(name).kinds.includes(kind) && needed !== 'any' ? { name, needed } : [];
  });

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
function openedTogether(kind: CredentialKind, scope: AnyScope): readonly string[] {
  const alone = operationsOf(kind, [scope]);
  return askableWith(kind)
    .filter(({ name, needed }) => needed.includes(scope) && !alone.includes(name))
    .map(({ name, needed }) => {
      const others = needed.filter((each) => each !== scope);
      return `${declarationOf(name).does}, with ${others.join(' and ')}`;
    });
}

/** The scopes that open something for this kind of credential, in the groups of the form; what opens nothing is not offered. */
export function offeredScopes(
  kind: CredentialKind,
): readonly { readonly group: string; readonly scopes: readonly OfferedScope[] }[] {
  const asked = new Set<string>(askableWith(kind).flatMap(({ needed }) => needed));
  const groups = new Map<string, OfferedScope[]>();
  for (const name of CATALOGUES[CREDENTIAL_KINDS[kind].scopes]) {
    const { group, label, meaning } = describeScope(name);
    if (!asked.has(name) || (isScope(name) && !mayHold(kind, name))) continue;
    const implies = impliedBy(name);
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
  names.map((name) =>
    isAnyScope(name)
      ? {
          name,
          meaning: describeScope(name).meaning,
          implies: impliedBy(name),
          strong: STRONG.has(name),
        }
      : { name, meaning: 'This version does not know it: it opens nothing.' },
  );
