import { isZeroObjectId } from '../git/object-id.ts';
import { pushedRefProblem } from '../git/ref-name.ts';
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
  /** Full name of the branch that HEAD names, born or not. */
  readonly defaultBranch: string | undefined;
  /** Why nothing of this push may go on, from facts read anew at this stage, as a sentence; null when it may. */
  readonly stopped: string | null;
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

/** In the order in which they are asked; the first that objects gives the reason. */
const RULES: readonly Rule[] = [
  { stages: everyStage, objects: (_command, { stopped }) => stopped },
  { stages: everyStage, objects: ({ ref }) => pushedRefProblem(ref) ?? null },
  {
    stages: everyStage,
    objects: ({ ref, new: id }, { defaultBranch }) =>
      ref === defaultBranch && isZeroObjectId(id)
        ? 'This is the default branch. Make another branch the default in the repository settings, then delete it.'
        : null,
  },
];

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
