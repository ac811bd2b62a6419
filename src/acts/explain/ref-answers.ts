import {
  declarationOf,
  isRefChange,
  judgePath,
  movedBy,
  patternProblem,
  REF_CHANGES,
  type BranchRestriction,
  type HeldBound,
  type MovedBy,
  type OperationName,
  type PrincipalData,
  type RefChange,
} from '../../gate/index.ts';
import { branchPrefix, isValidRefName } from '../../git/ref-name.ts';
import { invalid } from '../../problem.ts';
import { decidePush } from '../../push/index.ts';

/** What would become of one change of one ref in a push. */
export interface RefAnswer {
  readonly ref: string;
  readonly change: RefChange;
  /** Why not, as a sentence; null: it may. */
  readonly reason: string | null;
}

export interface RefQuestion {
  /** Full name of the ref. */
  readonly ref: string;
  /** Every change of a ref where none is named. */
  readonly changes: readonly RefChange[];
  /** A file that the push would change. */
  readonly path: string | null;
  readonly by: MovedBy;
}

/** Changes that merging makes of the branch that it merges into. */
const MERGED: readonly RefChange[] = ['fast-forward'];

/** What somebody wrote about a push, or about a merge; a name without `refs/` is a branch. Throws `Problem` for what cannot be judged. */
export function chooseRefQuestion(
  operation: OperationName,
  input: {
    readonly ref?: string | null;
    readonly change?: string | null;
    readonly path?: string | null;
  },
): RefQuestion | null {
  const by = movedBy(operation);
  const text = (name: 'ref' | 'change' | 'path'): string | null => {
    const value = input[name]?.trim() ?? '';
    return value === '' ? null : value;
  };
  const [ref, change, path] = [text('ref'), text('change'), text('path')];
  if (ref === null) {
    if (change === null && path === null) return null;
    throw invalid('ref', 'Say to which ref the push would go, such as refs/heads/main.');
  }
  if (declarationOf(operation).pushes !== true) {
    throw invalid(
      'ref',
      'Refs, changes and paths belong to repository.push, ref.create, pull_request.merge and wiki.push alone.',
    );
  }
  if (change !== null && !isRefChange(change)) {
    throw invalid('change', `A change of a ref is one of ${REF_CHANGES.join(', ')}.`);
  }
  if (path !== null) {
    const problem = patternProblem(path);
    if (problem !== undefined) throw invalid('path', `This is no path of a file: ${problem}.`);
  }
  const whole = ref.startsWith('refs/') ? ref : `refs/heads/${ref}`;
  if (!isValidRefName(whole))
    throw invalid('ref', 'No branch or tag can have this name: Git takes none like it.');
  const possible = by === 'merge' ? MERGED : REF_CHANGES;
  if (by === 'merge' && !whole.startsWith(branchPrefix))
    throw invalid('ref', 'Pull requests are merged into branches: name one.');
  if (change !== null && !possible.includes(change))
    throw invalid('change', 'Merging a pull request brings a branch forward: the change is fast-forward.');
  return { ref: whole, changes: change === null ? possible : [change], path, by };
}

const ZERO = '0'.repeat(40);
const SOME = '1'.repeat(40);

/**
 * What the decision of a push says about each change of a ref: the one that pushes go through, with a path as if its objects
 * had been seen.
 */
export function answerRef(
  { ref, changes, path, by }: RefQuestion,
  asker: {
    readonly principal: PrincipalData;
    readonly data: 'repository' | 'wiki';
    /** Of the repository, as they stand to whoever pushes; a wiki has none. */
    readonly restrictions: readonly BranchRestriction[];
    /** Full name of the branch that cannot be deleted, where it is known. */
    readonly defaultBranch: string | undefined;
  },
): readonly RefAnswer[] {
  const { principal, data, restrictions, defaultBranch } = asker;
  const bounds: readonly HeldBound[] = principal.type === 'credential' ? principal.bounds : [];
  const credentialId = principal.type === 'credential' ? principal.credentialId : null;
  return changes.map((change) => {
    const violation = path === null || change === 'delete' ? null : judgePath(bounds, path);
    const verdict = decidePush('objects', {
      commands: [{ ref, old: change === 'create' ? ZERO : SOME, new: change === 'delete' ? ZERO : SOME }],
      atomic: false,
      data,
      defaultBranch,
      confines: { credentialId, email: '', bounds, restrictions, by },
      seen: new Map([[ref, { change, violation }]]),
      stopped: null,
    });
    return { ref, change, reason: verdict.refs[0]?.reason ?? null };
  });
}
