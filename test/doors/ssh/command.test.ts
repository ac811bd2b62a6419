import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCommand } from '../../../src/doors/ssh/command.ts';

const app = { type: 'repository', workspace: 'acme', repository: 'app' } as const;

describe('the command of an SSH client', () => {
  it.each([
    "git-upload-pack 'acme/app.git'",
    "git-upload-pack '/acme/app.git'",
    "git upload-pack 'acme/app.git'",
    'git-upload-pack "acme/app.git"',
    'git-upload-pack acme/app.git',
    "git-upload-pack  '//acme/app.git/'",
    "git-upload-pack 'acme/app'",
    ' git-upload-pack acme/app.git',
    "git-upload-pack 'acme/app.git' ",
    "/usr/bin/git-upload-pack 'acme/app.git'",
    "/usr/bin/git upload-pack 'acme/app.git'",
  ])('%s reads a repository', (text) => {
    expect(readCommand(text)).toEqual({ service: 'git-upload-pack', isWiki: false, target: app });
  });

  it('names the service that it asks for, and a wiki by its path', () => {
    expect(readCommand("git-receive-pack 'acme/app.git'")).toEqual({
      service: 'git-receive-pack',
      isWiki: false,
      target: app,
    });
    expect(readCommand("git-receive-pack '/acme/app.git/wiki'")).toEqual({
      service: 'git-receive-pack',
      isWiki: true,
      target: app,
    });
    expect(readCommand("git-upload-archive 'acme/app.git'")).toMatchObject({ service: 'git-upload-archive' });
    expect(readCommand("git-upload-pack 'acme/.git.git'")).toMatchObject({ target: { repository: '.git' } });
  });

  it("reads Git's own quoting", () => {
    expect(readCommand(String.raw`git-upload-pack 'acme/it'\''s new'\!''`)).toMatchObject({
      target: { repository: "it's new!" },
    });
  });

  it.each([
    '',
    ' ',
    'ls',
    'sh -c id',
    'git',
    'git-upload-pack',
    'git-shell',
    'git-upload-packs acme/app.git',
    'GIT-UPLOAD-PACK acme/app.git',
    'git-upload-pack --help acme/app.git',
    "git-upload-pack 'acme/app.git'; id",
    "git-upload-pack 'acme/app.git' 'acme/other.git'",
    "git-upload-pack 'acme/app.git' && id",
    "git-upload-pack 'acme/app.git",
    "git-upload-pack acme/app.git'",
    "git-upload-pack 'acme'/app.git",
    "git-upload-pack ''acme/app.git''",
    String.raw`git-upload-pack 'acme/a'\'b.git'`,
    String.raw`git-upload-pack 'acme/a'\;'b.git'`,
    '/usr/bin/id git-upload-pack acme/app.git',
    'git-upload-pack "acme/$(id).git"',
    'git-upload-pack "acme/`id`.git"',
    "git-upload-pack\t'acme/app.git'",
    "git-upload-pack 'acme/app.git'\n",
    "git-upload-pack 'acme/app.git\0'",
    `git-upload-pack '${'a/'.repeat(4096)}'`,
  ])('%j is none of Git, and runs nothing', (text) => {
    expect(readCommand(text)).toEqual({ says: expect.stringMatching(/^Shell access is disabled here/) });
  });

  it.each([
    ['git-lfs-transfer acme/app.git download', 'download'],
    ["git-lfs-transfer '/acme/app' upload", 'upload'],
  ])('%j is a conversation about files of Git LFS', (text, way) => {
    const target = { type: 'repository', workspace: 'acme', repository: 'app' };
    expect(readCommand(text)).toEqual({ service: 'git-lfs-transfer', way, target });
  });

  it.each([
    ['git-lfs-transfer acme/app.git', /^Shell access is disabled here/],
    ['git-lfs-transfer acme/app.git read', /^Shell access is disabled here/],
    ['git-lfs-transfer acme/app.git download download', /^Shell access is disabled here/],
    ['git-lfs-transfer "acme/app.git" download', /^Shell access is disabled here/],
    ['git-lfs-transfer ../app.git download', /^This is not the address/],
    ['git-lfs-transfer acme/app.git/wiki download', /^Wikis hold their files in Git itself/],
    ['git-lfs-authenticate acme/app.git download', /by git-lfs 3\.0 and newer/],
    ['git-lfs-authenticate acme/app.git all', /^Shell access is disabled here/],
    ['git-lfs-serve acme/app.git upload', /^Shell access is disabled here/],
  ])('%j is none', (text, says) => {
    expect(readCommand(text)).toEqual({ says: expect.stringMatching(says) });
  });

  it.each([
    "git-upload-pack ''",
    "git-upload-pack '/'",
    "git-upload-pack 'app.git'",
    "git-upload-pack '/app.git'",
    "git-upload-pack 'acme/x/app.git'",
    "git-upload-pack '../acme/app.git/x'",
    "git-upload-pack '../app.git'",
    "git-upload-pack 'acme/..'",
    "git-upload-pack 'acme/../../etc'",
    "git-upload-pack './app.git'",
    "git-upload-pack 'acme/app/wiki'",
    "git-upload-pack 'acme/app.git/wiki/x'",
  ])('%j names no repository', (text) => {
    expect(readCommand(text)).toEqual({ says: expect.stringMatching(/^This is not the address/) });
  });

  it('is never read into anything but two names, whatever it is', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'git-upload-pack',
        'git-receive-pack',
        'git',
        ' ',
        "'",
        '"',
        '\\',
        '/',
        '..',
        '.git',
        'wiki',
        ';',
        '$(id)',
        '\n',
        '%2F',
        '{',
        'acme',
        'app',
        '-',
        '--upload-pack=x',
        String.raw`'\''`,
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    const text = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          text.map((rest) => `git-upload-pack '${rest}'`),
          text.map((rest) => `git-lfs-transfer ${rest} upload`),
        ),
        (sent) => {
          const read = readCommand(sent);
          if ('says' in read) {
            expect(read.says).not.toContain('\n');
            return;
          }
          const { workspace, repository } = read.target;
          for (const name of [workspace, repository]) {
            expect(name).not.toMatch(/[/\\\p{Cc}]/u);
            expect(['', '.', '..']).not.toContain(name);
            expect(sent.replace(/'\\(['!])'/g, '$1')).toContain(name);
          }
          expect(sent).toMatch(
            /^ *(?:\S*\/)?git[- ](?:upload-pack|receive-pack|upload-archive|lfs-transfer) /,
          );
        },
      ),
      { numRuns: 2000 },
    );
  });
});
