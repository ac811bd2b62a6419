import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Short to read and long to run: begun last, they would have a core for themselves at the end of a run. */
const LONG = [
  'matrix/matrix.test.ts',
  'scenario/web-key.test.ts',
  'matrix/strangers.test.ts',
  'scenario/incidents-scopes.test.ts',
  'scenario/web-repository.test.ts',
  'scenario/git-push.test.ts',
  'matrix/mutations.test.ts',
  'scenario/maintenance.test.ts',
  'gate/oracle.test.ts',
  'hosting/list.test.ts',
  'push/line.test.ts',
  'git/bombs.test.ts',
];

/**
 * The long ones first, project by project where files share a process: one is shared as long as the next file is of the
 * same project. Otherwise as Vitest sorts: the largest first where it has measured nothing yet.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const placeOf = ({ moduleId, project }: TestSpecification): number => {
      const index = LONG.findIndex((name) => moduleId.endsWith(name));
      if (index !== -1 && project.config.isolate) return index;
      const withinProject = index === -1 ? LONG.length : index;
      return (this.ctx.projects.indexOf(project) + 1) * (LONG.length + 1) + withinProject;
    };
    return sorted.toSorted((one, other) => placeOf(one) - placeOf(other));
  }
}
