import { createContext, Script } from 'node:vm';

interface Held {
  work: (() => unknown) | undefined;
}

const held: Held = { work: undefined };
const context = createContext(held);
const call = new Script('work()');

/**
 * Does work that never awaits, and throws when it takes longer than `milliseconds`: for parsers whose time is not
 * proportional to what others wrote for them, and that would keep every other request waiting. Not for nesting.
 */
export function withinTime<Result>(milliseconds: number, work: () => Result): Result {
  let result: { readonly value: Result } | undefined;
  held.work = () => {
    result = { value: work() };
  };
  try {
    call.runInContext(context, { timeout: milliseconds });
  } finally {
    held.work = undefined;
  }
  if (result === undefined) throw new Error('The work did not end.');
  return result.value;
}
