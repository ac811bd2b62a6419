import { invalid } from '../../problem.ts';

const FLAGS: Readonly<Record<string, boolean>> = { true: true, '1': true, false: false, '0': false };

/** A parameter that is true or false. Throws `Problem` for anything else. */
export function readFlag(name: string, text: string | undefined, whenAbsent: boolean): boolean {
  if (text === undefined) return whenAbsent;
  const word = text.toLowerCase();
  const flag = Object.hasOwn(FLAGS, word) ? FLAGS[word] : undefined;
  if (flag === undefined) throw invalid(name, 'Give true or false.');
  return flag;
}
