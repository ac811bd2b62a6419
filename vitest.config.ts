import { defineConfig } from 'vitest/config';
import { postgresHindrance } from './test/support/postgres-package.ts';
import { filesAlone } from './test/support/alone.ts';
import { FinalLineReporter } from './test/support/reporter.ts';
import { LongestFirst } from './test/support/sequencer.ts';

/** `LATCHKEY_TEST_DATABASE`: which database `startServer()` takes where a test does not say: sqlite (default), postgres, or all (both in turn). */
const wanted = process.env.LATCHKEY_TEST_DATABASE ?? 'sqlite';
const known: Record<string, readonly ('sqlite' | 'postgres')[]> = {
  sqlite: ['sqlite'],
  postgres: ['postgres'],
  all: ['sqlite', 'postgres'],
};
const chosen = known[wanted];
if (!chosen) throw new Error(`LATCHKEY_TEST_DATABASE is ${wanted}; it can be sqlite, postgres or all.`);

const hindrance = chosen.includes('postgres') ? postgresHindrance() : undefined;
if (hindrance) process.stderr.write(`The run on PostgreSQL is skipped: ${hindrance}\n`);
const databases = chosen.filter((name) => name === 'sqlite' || !hindrance);

const scenarios = 'test/scenario/**';
const alone = filesAlone(import.meta.dirname);
/** In the order in which they run: the short files of the last one fill what the long ones leave of the cores. */
const groups = [
  { name: 'scenarios', include: [`${scenarios}/*.test.ts`], testTimeout: 60_000 },
  { name: 'units-alone', include: alone, testTimeout: 20_000 },
  {
    name: 'units',
    include: ['test/**/*.test.ts'],
    exclude: [scenarios, ...alone],
    testTimeout: 20_000,
    // Files follow each other in a process: to load our modules anew takes longer than the tests of most of these files.
    isolate: false,
    setupFiles: ['test/support/leaves-nothing.ts'],
  },
];

export default defineConfig({
  test: {
    // A process per test file, where nothing else is said: servers, umask and environment of one file never reach another.
    pool: 'forks',
    // Most files wait for a server, git or a browser: two leave a quarter of two cores idle, and four have nothing to add.
    maxWorkers: 3,
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/setup.ts'],
    reporters: [new FinalLineReporter()],
    sequence: { sequencer: LongestFirst },
    passWithNoTests: false,
    allowOnly: !process.env.CI,
    projects: databases.flatMap((database) =>
      groups.map(({ name, testTimeout, ...files }) => ({
        extends: true,
        test: { ...files, name: `${name}-${database}`, testTimeout, hookTimeout: 60_000, provide: { database } },
      })),
    ),
  },
});
