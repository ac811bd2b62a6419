import { describe, expect, it } from 'vitest';
import { decidePush, type PushQuestion, type PushStage } from '../../src/push/index.ts';

const a = 'a'.repeat(40);
const zero = '0'.repeat(40);
const stages: readonly PushStage[] = ['commands', 'objects', 'refs'];

const question = (refs: readonly string[], more: Partial<PushQuestion> = {}): PushQuestion => ({
  commands: refs.map((ref) =>
    ref.startsWith(':') ? { ref: ref.slice(1), old: a, new: zero } : { ref, old: zero, new: a },
  ),
  atomic: false,
  data: 'repository',
  defaultBranch: 'refs/heads/main',
  confines: { credentialId: 'cred_x', email: 'ada@example.org', bounds: [], restrictions: [], by: 'push' },
  seen: new Map(),
  stopped: null,
  ...more,
});

const allowed = (stage: PushStage, asked: PushQuestion) =>
  decidePush(stage, asked).refs.map(({ reason }) => reason === null);

describe.each(stages)('at the stage of %s', (stage) => {
  it('branches, tags and notes may be pushed, and nothing else', () => {
    const refs = [
      'refs/heads/a/b',
      'refs/tags/v1',
      'refs/notes/commits',
      'refs/x',
      'HEAD',
      'refs/heads/',
      'refs/headsx/y',
    ];
    expect(allowed(stage, question(refs))).toEqual([true, true, true, false, false, false, false]);
  });

  it('each ref has its own verdict, in whatever order they come', () => {
    expect(allowed(stage, question(['refs/x/1', 'refs/heads/a', ':refs/heads/b']))).toEqual([
      false,
      true,
      true,
    ]);
    expect(allowed(stage, question(['refs/heads/a', ':refs/heads/b', 'refs/x/1']))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('the default branch may move and not go', () => {
    expect(allowed(stage, question(['refs/heads/main']))).toEqual([true]);
    expect(allowed(stage, question([':refs/heads/main', ':refs/heads/other']))).toEqual([false, true]);
  });

  it('who deletes the default branch is told what can be done', () => {
    const reason = (data: PushQuestion['data']) =>
      decidePush(stage, question([':refs/heads/main'], { data })).refs[0]?.reason;
    expect(reason('repository')).toMatch(/in the repository settings/);
    expect(reason('wiki')).toMatch(/push other commits to it with --force/);
  });

  it('one refused ref refuses all of an atomic push', () => {
    const verdict = decidePush(stage, question(['refs/heads/a', 'refs/x/1'], { atomic: true }));
    expect(verdict.refs.every(({ reason }) => reason !== null)).toBe(true);
    expect(verdict.nothingStands).toBe(true);
    expect(decidePush(stage, question(['refs/heads/a'], { atomic: true })).nothingStands).toBe(false);
  });

  it('nothing goes on once it was stopped', () => {
    const verdict = decidePush(stage, question(['refs/heads/a', ':refs/heads/b'], { stopped: 'It ended.' }));
    expect(verdict.refs.map(({ reason }) => reason)).toEqual(['It ended.', 'It ended.']);
    expect(verdict.nothingStands).toBe(true);
  });

  it('a push of nothing is allowed nothing', () => {
    expect(decidePush(stage, question([])).nothingStands).toBe(true);
  });
});
