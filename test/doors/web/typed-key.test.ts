import { describe, expect, it } from 'vitest';
import { keyLink } from '../../../src/doors/web/credentials/key-link.ts';
import { momentIn } from '../../../src/doors/web/credentials/moments.ts';
import { confinementIn, typedBounds } from '../../../src/doors/web/credentials/typed-bounds.ts';
import { confinementOfKey, keyInQuery, typedKey } from '../../../src/doors/web/credentials/typed-key.ts';
import { FormInput } from '../../../src/doors/web/form-input.ts';
import { OPERATION_NAMES } from '../../../src/gate/index.ts';
import { Problem } from '../../../src/problem.ts';

const PUSH = { tasks: ['push'], 'branch-changes': ['create', 'fast-forward'] };
const refsOf = (form: Record<string, unknown>) =>
  confinementOfKey('app_password', typedKey(new FormInput(form))).refs;

function problemOf(work: () => unknown): Problem {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('It was taken.');
}

describe('the tasks that push', () => {
  it('confine the key to what they name, and to their own kind of ref where they name nothing', () => {
    expect(refsOf({ ...PUSH, branches: 'main\r\n  release/* \n' })).toEqual([
      'refs/heads/main:create,fast-forward',
      'refs/heads/release/*:create,fast-forward',
    ]);
    expect(refsOf(PUSH)).toEqual(['refs/heads/**:create,fast-forward']);
    expect(refsOf({ tasks: ['tags'], tags: 'v*', 'tag-changes': 'create' })).toEqual(['refs/tags/v*:create']);
    expect(
      refsOf({
        tasks: ['push', 'tags'],
        branches: '',
        'branch-changes': 'delete',
        tags: '',
        'tag-changes': 'create',
      }),
    ).toEqual(['refs/heads/**:delete', 'refs/tags/**:create']);
  });

  it('do what is usual where the form did not ask', () => {
    expect(refsOf({ tasks: ['push'] })).toEqual(['refs/heads/**:create,fast-forward']);
    expect(refsOf({ tasks: ['tags'] })).toEqual(['refs/tags/**:create']);
  });

  it('let a line have changes of its own, and add what was typed in full', () => {
    expect(refsOf({ ...PUSH, branches: 'preview/**:force,delete', ref: 'refs/notes/*' })).toEqual([
      'refs/heads/preview/**:force,delete',
      'refs/notes/*',
    ]);
  });

  it('say nothing where they are not ticked, whatever stands in their fields', () => {
    expect(refsOf({ tasks: ['clone'], branches: 'main', 'branch-changes': 'force' })).toEqual([]);
    expect(refsOf({ tasks: ['nonsense'], branches: 'main' })).toEqual([]);
  });

  it.each([
    ['branches', { ...PUSH, branches: 'release/../main' }],
    ['branches', { ...PUSH, branches: 'refs/tags/v1' }],
    ['branches', { ...PUSH, branches: 'main:rewrite' }],
    ['branch-changes', { tasks: ['push'], branches: 'main' }],
    ['tags', { tasks: ['tags'], tags: 'v1//2', 'tag-changes': 'create' }],
  ])('say at the field %s what is wrong', (field, form) => {
    expect(Object.keys(problemOf(() => refsOf(form)).fields)).toEqual([field]);
  });
});

describe('what confines a key', () => {
  it('is read line by line, and an empty form confines nothing', () => {
    const read = (form: unknown) => confinementIn(typedBounds(new FormInput(form)));
    expect(
      read({ repository: 'a/b\r\n\r\na/c', 'max-bytes': '20 MB', uses: '3', 'one-push': 'on' }),
    ).toMatchObject({
      repositoryNames: ['a/b', 'a/c'],
      maximumBytes: 20 * 1024 * 1024,
      uses: 3,
      pushes: 1,
      observe: false,
    });
    const nothing = read(undefined);
    expect(Object.values(nothing).flat().filter(Boolean)).toEqual([]);
    expect(nothing).not.toHaveProperty('uses');
  });

  it.each([
    ['uses', '0'],
    ['uses', '1e3'],
    ['uses', '-4'],
    ['max-bytes', '20 parsecs'],
    ['max-bytes', '99999999999 GB'],
    ['deny-ref', 'main'],
    ['deny-path', 'docs/../..'],
  ])('says at %s that %s will not do', (field, text) => {
    const problem = problemOf(() => confinementIn(typedBounds(new FormInput({ [field]: text }))));
    expect(Object.keys(problem.fields)).toEqual([field]);
  });
});

describe('moments', () => {
  it('are days or minutes in UTC', () => {
    expect(momentIn('', 'expires', 'end')).toBeNull();
    expect(momentIn('2027-03-31', 'expires', 'end')).toBe(Date.UTC(2027, 2, 31, 23, 59, 59, 999));
    expect(momentIn('2027-03-31', 'not-before', 'beginning')).toBe(Date.UTC(2027, 2, 31));
    expect(momentIn(' 2027-03-31 14:05 ', 'expires', 'end')).toBe(Date.UTC(2027, 2, 31, 14, 5));
    for (const text of [
      '2027-02-31',
      '31.3.2027',
      '2027-03-31 25:00',
      'tomorrow',
      '2027-03-31 14:00 Europe/Berlin',
    ]) {
      expect(problemOf(() => momentIn(text, 'expires', 'end')).fields).toHaveProperty('expires');
    }
    expect(problemOf(() => momentIn('soon', 'at', 'beginning', 'time')).message).toContain(
      'Give the time as',
    );
  });
});

describe('a link to the form', () => {
  it('fills in what is known and leaves out the rest', () => {
    const typed = keyInQuery(
      'repository_access_token',
      {
        tasks: ['push', 'manage', 'everything'],
        scopes: ['repository:delete', 'root'],
        label: 'ok',
        branches: 'main',
        'branch-changes': ['force', 'explode'],
        from: '10.0.0.0/8',
        path: `docs/\u0000`,
        'deny-path': 'x'.repeat(3000),
        observe: 'yes please',
      },
      '2027-01-01',
    );
    // "manage" is no task of a token.
    expect(typed.tasks).toEqual(['push']);
    expect(typed.scopes).toEqual(['repository:delete']);
    expect(typed.branchChanges).toEqual(['force']);
    expect(typed.tagChanges).toEqual(['create']);
    expect(typed.bounds.texts).toMatchObject({ from: '10.0.0.0/8', path: '', 'deny-path': '' });
    expect(typed.bounds.ticks).toEqual([]);
    expect(typed.expires).toBe('2027-01-01');
  });

  it('comes back as it was meant, for every operation', () => {
    for (const operation of OPERATION_NAMES) {
      const link = keyLink('/new', 'app_password', {
        operation,
        repository: 'acme/app',
        ref: 'refs/heads/a b',
        change: 'force',
      });
      const query = new URL(link, 'http://localhost').searchParams;
      const form = Object.fromEntries([...query.keys()].map((name) => [name, query.getAll(name)]));
      const typed = keyInQuery('app_password', form, '');
      expect(typed.bounds.texts.repository).toBe('acme/app');
      if (operation !== 'repository.push') continue;
      expect(typed).toMatchObject({ tasks: ['push'], branches: 'a b', branchChanges: ['force'] });
    }
  });
});
