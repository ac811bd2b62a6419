import { declarationOf, scopesFor, type CredentialKind, type OperationName } from '../../../gate/index.ts';

/** What a new key should be able to do, as a link to its form says it. */
export interface WantedKey {
  readonly operation: OperationName;
  /** `workspace/name`. */
  readonly repository?: string | undefined;
  /** Full name of the ref that is pushed, and what becomes of it. */
  readonly ref?: string | undefined;
  readonly change?: string | undefined;
  readonly path?: string | undefined;
  readonly address?: string | undefined;
}

const TASK_OF: Partial<Readonly<Record<OperationName, string>>> = {
  'repository.fetch': 'clone',
  'wiki.fetch': 'wiki',
  'wiki.push': 'wiki',
};

/** The form of a new key of a kind, filled in with the least that does this. It is read by `keyInQuery`; opening it makes nothing. */
export function keyLink(form: string, of: CredentialKind, wanted: WantedKey): string {
  const { operation, repository, ref = '', change, path, address } = wanted;
  const query = new URLSearchParams();
  const [, kind, name = ''] = /^refs\/(heads|tags)\/(.+)$/.exec(ref) ?? [];
  const task =
    TASK_OF[operation] ?? (operation === 'repository.push' ? (kind === 'tags' ? 'tags' : 'push') : undefined);
  const scopes = scopesFor(operation, of);
  if (task !== undefined) query.append('tasks', task);
  else if (scopes !== 'any') for (const scope of scopes) query.append('scopes', scope);
  if (repository !== undefined) query.append('repository', repository);
  if (declarationOf(operation).pushes === true && kind !== undefined) {
    query.append(kind === 'tags' ? 'tags' : 'branches', name);
    if (change !== undefined) query.append(kind === 'tags' ? 'tag-changes' : 'branch-changes', change);
  }
  if (path !== undefined) query.append('path', path);
  if (address !== undefined) query.append('from', address);
  return `${form}?${query.toString()}`;
}
