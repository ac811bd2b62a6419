/** Pushes: the three decisions, the hooks that carry them, and the record of what moved. */
export {
  decidePush,
  type Confines,
  type PushQuestion,
  type PushStage,
  type PushVerdict,
  type RefVerdict,
  type SeenRef,
} from './decide.ts';
export { changeOnList, inspectionFor, inspectPush } from './inspect.ts';
export { installHooks } from './hook-scripts.ts';
export {
  completePush,
  completePushUnsynced,
  insertPush,
  mergingOf,
  movedByPush,
  openPushes,
  pusherOf,
  rangesPushedBy,
  type Merging,
  type PushRecord,
} from './record.ts';
export { answerHooks, type HookAnswers } from './relay.ts';
