import {
  judgeRefChange,
  judgeRestrictions,
  type BranchRestriction,
  type HeldBound,
  type MovedBy,
  type RefChange,
  type Violation,
} from '../gate/index.ts';
import { isZeroObjectId } from '../git/object-id.ts';
import { deletedRefProblem, pushedRefProblem } from '../git/ref-name.ts';
import type { PushCommand } from '../git/command-list.ts';

/**
 * The one place where a push is decided, three times: on its command list before the pack, with its objects in
 * quarantine, and just before the refs move. Pure: what it knows is in the question.
 */
export type PushStage = 'commands' | 'objects' | 'refs';

export interface PushQuestion {
  readonly commands: readonly PushCommand[];
  /** All refs or none. */
  readonly atomic: boolean;
  /** What is pushed to. */
  readonly data: 'repository' | 'wiki';
  /** Full name of the branch that HEAD names, born or not. */
  readonly defaultBranch: string | undefined;
  /** What confines the credential, and the rules of the repository, read anew at this stage. */
  readonly confines: Confines;
  /** What was seen of each ref, by its name: its objects from the second stage on. */
  readonly seen: ReadonlyMap<string, SeenRef>;
  /** Why nothing of this push may go on, from facts read anew at this stage, as a sentence; null when it may. */
  readonly stopped: string | null;
}

export interface Confines {
  /** Public id of the credential that pushes, or null for who has none. */
  readonly credentialId: string | null;
  /** The address that commits must carry where the credential may commit only as itself. */
  readonly email: string;
  readonly bounds: readonly HeldBound[];
  readonly restrictions: readonly BranchRestriction[];
  readonly by: MovedBy;
}

export interface SeenRef {
  /** An update whose objects nobody has seen may be a fast-forward or not. */
  readonly change: RefChange | 'update';
  /** What the bounds say of what was found: of its objects, and of what the ref is. */
  readonly violation: Violation | null;
}

export interface RefVerdict {
  readonly command: PushCommand;
  /** Why not, as a sentence; null: this ref may move. */
  readonly reason: string | null;
}

export interface PushVerdict {
  /** In the order of the commands. */
  readonly refs: readonly RefVerdict[];
  /** No ref may move: nothing of the push may stay, its objects included. */
  readonly nothingStands: boolean;
}

interface Rule {
  /** Where it can be judged; a rule that needs the objects cannot be judged on the list alone. */
  readonly stages: readonly PushStage[];
  readonly objects: (command: PushCommand, question: PushQuestion) => string | null;
}

const everyStage = ['commands', 'objects', 'refs'] as const;

/** Why it cannot be deleted, and what can be done. */
const DEFAULT_BRANCH: Readonly<Record<PushQuestion['data'], string>> = {
  repository:
    'This is the default branch. Make another branch the default in the repository settings, then delete it.',
  wiki: 'This is the branch that the pages of the wiki are read from, and it stays. To begin anew, push other commits to it with --force.',
};

/** In the order in which they are asked; the first that objects gives the reason. */
const RULES: readonly Rule[] = [
  { stages: everyStage, objects: (_command, { stopped }) => stopped },
  {
    stages: everyStage,
    objects: ({ ref, new: id }) =>
      (isZeroObjectId(id) ? deletedRefProblem(ref) : pushedRefProblem(ref)) ?? null,
  },
  {
    stages: everyStage,
    objects: ({ ref, new: id }, { data, defaultBranch }) =>
      ref === defaultBranch && isZeroObjectId(id) ? DEFAULT_BRANCH[data] : null,
  },
  {
    // While a change may still be one that is allowed, its objects are waited for.
    stages: ['commands'],
    objects: (command, question) => {
      const objections = refObjections(command, question);
      return objections.includes(null) ? null : told(objections[0] ?? null, question);
    },
  },
  {
    stages: ['objects', 'refs'],
    objects: (command, question) =>
      told(refObjections(command, question).find((objection) => objection !== null) ?? null, question),
  },
  {
    stages: ['objects', 'refs'],
    objects: ({ ref }, question) => told(question.seen.get(ref)?.violation ?? null, question),
  },
];

/** In words for the holder of the credential, who has to know which of many it was. */
function told(violation: Violation | null, { confines: { credentialId } }: PushQuestion): string | null {
  if (violation === null) return null;
  return credentialId === null ? `${violation.says}.` : `${credentialId}: ${violation.says}.`;
}

/** What stands against each change that this command may turn out to be. */
const refObjections = (
  { ref }: PushCommand,
  { seen, confines: { bounds, ...rules } }: PushQuestion,
): (Violation | null)[] =>
  possibleChanges(seen.get(ref)?.change ?? 'update').map(
    (change) => judgeRefChange(bounds, ref, change) ?? restricted(rules, ref, change),
  );

const possibleChanges = (change: RefChange | 'update'): readonly RefChange[] =>
  change === 'update' ? ['fast-forward', 'force'] : [change];

/** As Bitbucket words it, with the reason behind it. */
function restricted(
  { restrictions, by }: Pick<Confines, 'restrictions' | 'by'>,
  ref: string,
  change: RefChange,
): Violation | null {
  const violation = judgeRestrictions(restrictions, ref, change, by);
  if (violation === null) return null;
  const branch = ref.slice('refs/heads/'.length);
  return { ...violation, says: `Permission denied to update branch ${branch}: ${violation.says}` };
}

const ANOTHER_REFUSED = 'The push is atomic, and another of its refs was refused.';

export function decidePush(stage: PushStage, question: PushQuestion): PushVerdict {
  const rules = RULES.filter(({ stages }) => stages.includes(stage));
  const judged = question.commands.map(
    (command): RefVerdict => ({ command, reason: firstObjection(rules, command, question) }),
  );
  const refused = judged.filter(({ reason }) => reason !== null).length;
  const spread = question.atomic && refused > 0;
  return {
    refs: spread
      ? judged.map(({ command, reason }) => ({ command, reason: reason ?? ANOTHER_REFUSED }))
      : judged,
    nothingStands: spread || refused === judged.length,
  };
}

function firstObjection(rules: readonly Rule[], command: PushCommand, question: PushQuestion): string | null {
  for (const rule of rules) {
    const reason = rule.objects(command, question);
    if (reason !== null) return reason;
  }
  return null;
}
