import { execFileSync, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isValidBranchName, isValidRefName, pushedRefProblem, shortRefName } from '../../src/git/ref-name.ts';

/** Asks the real Git about many names with one process: the names reach it one argument each. */
function gitAccepts(names: readonly string[]): boolean[] {
  const script = 'for name; do git check-ref-format "$name" 2>/dev/null && echo yes || echo no; done';
  return execFileSync('sh', ['-c', script, 'sh', ...names])
    .toString()
    .trim()
    .split('\n')
    .map((word) => word === 'yes');
}

const piece = fc.constantFrom(
  'a',
  'feature',
  'ü',
  '日本',
  '.',
  '..',
  '/',
  '//',
  '@',
  '@{',
  '{',
  '.lock',
  '.lock/',
  'lock',
  '-',
  '~',
  '^',
  ':',
  '?',
  '*',
  '[',
  ']',
  '\\',
  ' ',
  '\t',
  '\u007f',
  '\u0001',
  'HEAD',
  '"',
  "'",
  '$',
  '%2F',
  '😀',
  '\u00a0',
);
const plain = fc.constantFrom(
  'a',
  'feature',
  'ü',
  '日本',
  '/b',
  '-',
  'HEAD',
  'lock',
  '%2F',
  '😀',
  '@',
  '{',
  '.x',
);
const name = fc.oneof(
  fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')),
  fc.array(piece, { maxLength: 5 }).map((pieces) => `refs/heads/${pieces.join('')}`),
  fc.array(plain, { minLength: 1, maxLength: 6 }).map((pieces) => `refs/tags/v${pieces.join('')}`),
);

describe('ref names', () => {
  it('are valid exactly where Git says so', () => {
    const names = fc.sample(name, 800);
    const answers = gitAccepts(names);
    const differing = names.filter((one, index) => isValidRefName(one) !== answers[index]);
    expect(differing).toEqual([]);
    expect(answers.filter(Boolean).length).toBeGreaterThan(50);
  });

  it('hold nothing that Git would read as more than a name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        if (isValidRefName(text)) expect(text).not.toMatch(/[\0\n\r ~^:?*[\\]|\.\.|@\{/);
      }),
    );
  });

  it('of branches are valid where Git says so', () => {
    for (const one of ['main', 'feature/x', '-d', 'HEAD', 'a..b', 'x.lock', 'a/HEAD', 'é']) {
      const git =
        spawnSync('git', ['check-ref-format', '--branch', one], { cwd: '/', stdio: 'ignore' }).status === 0;
      expect([one, isValidBranchName(one)]).toEqual([one, git]);
    }
  });

  it('of branches are never "@", which Git takes for HEAD', () => {
    expect(isValidBranchName('@')).toBe(false);
    expect(pushedRefProblem('refs/heads/@')).toMatch(/"@"/);
  });

  it('may be pushed under three prefixes only', () => {
    expect(pushedRefProblem('refs/heads/feature/x')).toBeUndefined();
    expect(pushedRefProblem('refs/tags/v1')).toBeUndefined();
    expect(pushedRefProblem('refs/notes/commits')).toBeUndefined();
    for (const refused of [
      'HEAD',
      'refs/for/main',
      'refs/pull/1/head',
      'refs/replace/x',
      'refs/headsx',
      'refs/heads/',
      'main',
    ]) {
      expect([refused, pushedRefProblem(refused)]).toEqual([refused, expect.any(String)]);
    }
    expect(pushedRefProblem('refs/pull/1/head')).toContain(
      "'+refs/heads/*:refs/heads/*' '+refs/tags/*:refs/tags/*'",
    );
    expect(pushedRefProblem('refs/heads/-x')).toMatch(/begin with/);
    expect(pushedRefProblem(`refs/heads/${'x'.repeat(251)}`)).toMatch(/too long/);
    expect(pushedRefProblem(`refs/heads/${'é'.repeat(126)}`)).toMatch(/too long/);
    expect(pushedRefProblem(`refs/heads/${'x'.repeat(250)}`)).toBeUndefined();
  });

  it('are shortened for people', () => {
    expect(shortRefName('refs/heads/feature/x')).toBe('feature/x');
    expect(shortRefName('refs/tags/v1')).toBe('v1');
    expect(shortRefName('refs/notes/commits')).toBe('refs/notes/commits');
  });
});
