import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Short to read and long to run: begun last, they would have a core for themselves at the end of a run. */
const LONG = [
  'matrix/matrix.test.ts',
  'scenario/git-push.test.ts',
  'scenario/web-repository.test.ts',
  'scenario/maintenance.test.ts',
  'scenario/web-key.test.ts',
];

/**
 * The long ones first, then those with a process of their own, then those that share one: a process is shared as long as
 * the next file is of the same project. Otherwise as Vitest sorts: the largest first where it has measured nothing yet.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.some((name) => moduleId.endsWith(name));
    const projects = [...new Set(this.ctx.projects)];
    const place = (file: TestSpecification) => (isLong(file) ? -1 : projects.indexOf(file.project));
    return sorted.toSorted((one, other) => place(one) - place(other));
  }
}
