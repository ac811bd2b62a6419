import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot, run } from './run.ts';

/** Runs Vitest with our reporter over these test files, in a project of their own. */
async function reported(
  files: Record<string, string>,
): Promise<{ last: string; text: string; code: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-reporter-'));
  try {
    await mkdir(join(folder, 'test'));
    await symlink(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
    await cp(join(projectRoot, 'test/support/reporter.ts'), join(folder, 'reporter.ts'));
    await writeFile(
      join(folder, 'vitest.config.ts'),
      "import { FinalLineReporter } from './reporter.ts';\nexport default { test: { reporters: [new FinalLineReporter()] } };\n",
    );
    for (const [name, body] of Object.entries(files)) {
      await writeFile(
        join(folder, 'test', name),
        `import { beforeAll, expect, it } from 'vitest';\n${body}\n`,
      );
    }
    const outcome = await run(join(projectRoot, 'node_modules/.bin/vitest'), ['run'], { cwd: folder });
    const text = outcome.stdout + outcome.stderr;
    return { last: outcome.stdout.trimEnd().split('\n').at(-1) ?? '', text, code: outcome.code };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

it('counts what passed, failed and was skipped, names the failure, and fails the run', async () => {
  const { last, text, code } = await reported({
    'a.test.ts': "it('good', () => {}); it.skip('later', () => {}); it('bad one', () => expect(1).toBe(2));",
  });
  expect(last).toBe('1 passed, 1 failed, 1 skipped');
  expect(text).toContain('bad one');
  expect(text).toContain('expected 1 to be 2');
  expect(code).toBe(1);
});

it('says nothing of skipped tests where none were, and succeeds', async () => {
  const { last, code } = await reported({ 'a.test.ts': "it('good', () => {});" });
  expect([last, code]).toEqual(['1 passed, 0 failed', 0]);
});

it.each([
  ['a run without test files', {}, '0 passed, 1 failed'],
  ['a file without tests', { 'a.test.ts': '' }, '0 passed, 1 failed'],
  [
    'a run in which everything was skipped',
    { 'a.test.ts': "it.skip('x', () => {});" },
    '0 passed, 1 failed, 1 skipped',
  ],
  [
    'a file that does not load',
    { 'a.test.ts': "it('good', () => {});", 'b.test.ts': "throw new Error('broken');" },
    '1 passed, 1 failed',
  ],
  [
    'a failed beforeAll',
    { 'a.test.ts': "beforeAll(() => { throw new Error('no'); }); it('x', () => {});" },
    '0 passed, 1 failed, 1 skipped',
  ],
  [
    'an error outside every test',
    { 'a.test.ts': "it('good', () => void Promise.reject(new Error('stray')));" },
    '1 passed, 1 failed',
  ],
])('counts %s as failed', async (_, files, line) => {
  const { last, code } = await reported(files);
  expect([last, code]).toEqual([line, 1]);
});
