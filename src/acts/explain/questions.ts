import {
  declarationOf,
  isOperation,
  OPERATION_NAMES,
  readAddress,
  type CredentialKind,
  type Need,
  type OperationName,
  type TargetReference,
} from '../../gate/index.ts';
import { invalid } from '../../problem.ts';

/** An operation by its name. Throws `Problem` with those that come nearest. */
export function chooseOperation(name: string): OperationName {
  if (isOperation(name)) return name;
  const near = OPERATION_NAMES.map((candidate) => ({ candidate, shared: sharedStart(candidate, name) }))
    .filter(({ shared }) => shared >= NEAR)
    .toSorted((a, b) => b.shared - a.shared)
    .slice(0, 4)
    .map(({ candidate }) => candidate);
  throw invalid(
    'operation',
    `There is no operation ${JSON.stringify(name.slice(0, 64))}. ${
      near.length > 0
        ? `Did you mean ${near.join(' or ')}?`
        : 'Some of them: repository.fetch, repository.push, wiki.push.'
    }`,
  );
}

const NEAR = 4;

function sharedStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

/**
 * The targets of an operation as people write them: `WORKSPACE/NAME`, `WORKSPACE`, a user name; the account of whoever
 * asks and the host itself need no word. Throws `Problem` for too few or too many of them.
 */
export function chooseTargets(
  operation: OperationName,
  words: readonly string[],
): readonly TargetReference[] {
  const needs: readonly Need[] = declarationOf(operation).targets;
  const named = needs.filter(({ on }) => on === 'repository' || on === 'workspace');
  const given = words.filter((word) => word.trim() !== '');
  if (given.length < named.length || given.length > needs.length) {
    const forms = named.map(({ on }) => FORMS[on]).join(' ');
    throw invalid(
      'target',
      named.length === 0
        ? `To ${declarationOf(operation).does} takes no target.`
        : `To ${declarationOf(operation).does}, name ${named.length === 1 ? 'its target' : 'its targets'} as ${forms}.`,
    );
  }
  const rest = [...given];
  return needs.map(({ on }): TargetReference => {
    const word = rest.shift()?.trim();
    switch (on) {
      case 'repository':
        return repositoryNamed(word ?? '');
      case 'workspace':
        return { type: 'workspace', workspace: word ?? '' };
      case 'account':
        return word === undefined || word === 'self'
          ? { type: 'account', self: true }
          : { type: 'account', account: word };
      case 'host':
        return { type: 'host' };
    }
  });
}

const FORMS = {
  repository: 'WORKSPACE/NAME',
  workspace: 'WORKSPACE',
  account: 'USER',
  host: 'host',
} as const;

export function repositoryNamed(text: string): TargetReference & { readonly type: 'repository' } {
  const [workspace = '', repository = '', ...rest] = text.trim().split('/');
  if (workspace === '' || repository === '' || rest.length > 0) {
    throw invalid(
      'target',
      `Write the repository as WORKSPACE/NAME; ${JSON.stringify(text.slice(0, 100))} is not of that form.`,
    );
  }
  return { type: 'repository', workspace, repository };
}

/** What can be asked of one repository with a credential of this kind. */
export const operationsOn = (kind: CredentialKind): OperationName[] =>
  OPERATION_NAMES.filter((operation) => {
    const { targets, kinds } = declarationOf(operation);
    return targets.length === 1 && targets[0]?.on === 'repository' && kinds.includes(kind);
  });

/** An address to be used from. Throws `Problem` for what is none. */
export function chooseAddress(text: string | null | undefined): string | null {
  if (text === undefined || text === null || text.trim() === '') return null;
  const address = text.trim();
  if (readAddress(address) !== undefined) return address;
  throw invalid(
    'from',
    `${JSON.stringify(address.slice(0, 64))} is no network address: write one such as 192.0.2.7 or 2001:db8::1.`,
  );
}
