import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Short to read and long to run: begun last, they would have a core for themselves at the end of a run. */
const LONG = [
  'matrix/matrix.test.ts',
  'scenario/git-push.test.ts',
  'scenario/web-repository.test.ts',
  'scenario/maintenance.test.ts',
  'scenario/web-key.test.ts',
];

/** The long ones first, then as Vitest sorts: the largest first where it has measured nothing yet. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.some((name) => moduleId.endsWith(name));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
