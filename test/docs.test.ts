import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedDocs, unknownScopes, withBlock } from '../scripts/generate-docs.ts';
import { prefixOf, SECRET_FORMS } from '../src/gate/index.ts';
import { projectRoot } from './support/run.ts';

/** Every page for people: those at the root and those in docs/. */
const pages = ['.', 'docs']
  .flatMap((folder) => readdirSync(join(projectRoot, folder)).map((name) => normalize(join(folder, name))))
  .filter((path) => path.endsWith('.md'));

const read = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');

/** Code is text that happens to look like links or headings. */
const withoutCode = (text: string): string =>
  text
    .replace(/^```[\s\S]*?^```$/gm, '')
    .replace(/^(?: {4}|\t).*$/gm, '')
    .replace(/`[^`\n]*`/g, (span) => '`'.padEnd(span.length, '.'));

/** What can stand behind `#`, as GitHub makes it from the headings of a page. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = plain.replace(/[^\p{L}\p{N}\p{M} _-]/gu, '').replaceAll(' ', '-');
    let unique = slug;
    for (let count = 1; anchors.has(unique); count++) unique = `${slug}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

interface Link {
  readonly page: string;
  readonly target: string;
}

const linksOf = (page: string): Link[] =>
  [...withoutCode(read(page)).matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g)].map(([, target = '']) => ({
    page,
    target,
  }));

/** What is wrong with a link to somewhere in this project, or undefined. */
function linkProblem({ page, target }: Link): string | undefined {
  const [path = '', fragment] = target.split('#');
  const file = path === '' ? page : normalize(join(dirname(page), decodeURIComponent(path)));
  if (file.startsWith('..')) return `${page}: ${target} leads out of the project`;
  if (!existsSync(join(projectRoot, file))) return `${page}: there is no ${file}`;
  if (fragment === undefined) return undefined;
  if (!file.endsWith('.md') || statSync(join(projectRoot, file)).isDirectory()) {
    return `${page}: ${target} names a heading of something that has none`;
  }
  return anchorsOf(read(file)).has(fragment) ? undefined : `${page}: ${file} has no heading #${fragment}`;
}

describe('the documentation', () => {
  it('has what is generated as the tables of the code give it (if not: npm run docs)', async () => {
    for (const [path, text] of await generatedDocs()) expect(read(path), path).toBe(text);
  });

  it.each(pages)('%s has no link that leads nowhere', (page) => {
    const problems = linksOf(page)
      .filter(({ target }) => !/^[a-z][a-z0-9+.-]*:/i.test(target))
      .map(linkProblem);
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });

  it.each(pages)('%s names no scope that there is not', (page) => {
    const retired = ['project:write'];
    expect(unknownScopes(read(page)).filter((name) => !retired.includes(name))).toEqual([]);
  });

  it.each(pages)('%s names no folder of the machine that it was written on', (page) => {
    const found = [...read(page).matchAll(/(?<![\w.~-])\/(?:work|tmp|home|root|Users|mnt)\/[^\s`'")]*/g)];
    expect(found.map(([path]) => path)).toEqual([]);
  });

  it.each(pages)('%s shows no secret that could be a real one', (page) => {
    expect(read(page)).not.toMatch(/\blk[a-z]{2}_[0-9A-Za-z]{38}\b/);
  });

  it('finds secrets of every form with the pattern that it gives to scanners', () => {
    const [, pattern = ''] = /^PATTERN = re\.compile\(r"(.+)"\)$/m.exec(read('docs/credentials.md')) ?? [];
    for (const form of SECRET_FORMS)
      expect(`x ${prefixOf(form)}${'a'.repeat(38)}.`, form).toMatch(new RegExp(pattern));
    expect(`x lkzz_${'a'.repeat(38)}.`).not.toMatch(new RegExp(pattern));
  });

  // The README is the page that leads to all others.
  it.skipIf(!pages.includes('README.md'))('leads to every page from at least one other page', () => {
    const linked = new Set(
      pages
        .flatMap(linksOf)
        .map(({ page, target }) => normalize(join(dirname(page), target.split('#')[0] ?? ''))),
    );
    const lonely = pages.filter((page) => page.startsWith('docs/') && !linked.has(page));
    expect(lonely).toEqual([]);
  });
});

describe('the table of src/ in the architecture', () => {
  /** What is named in the first column, without the slash at its end. */
  const named = [...read('docs/architecture.md').matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+?)\/?`/g)].map(([, path = '']) => path),
  );
  const foldersIn = (folder: string): string[] =>
    readdirSync(join(projectRoot, 'src', folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => normalize(join(folder, name)));

  it('names every folder and every door', () => {
    const folders = [...foldersIn('.').filter((name) => name !== 'doors'), ...foldersIn('doors')];
    expect(folders.filter((name) => !named.includes(name))).toEqual([]);
  });

  it('names nothing that is not there', () => {
    expect(named.filter((name) => !existsSync(join(projectRoot, 'src', name)))).toEqual([]);
    expect(named).toContain('gate');
  });
});

describe('the checks themselves', () => {
  it('see a link to a missing file, to a missing heading and out of the project', () => {
    const problems = ['missing.md', 'docs/credentials.md#nowhere', '../elsewhere.md'].map((target) =>
      linkProblem({ page: 'CONTRIBUTING.md', target }),
    );
    expect(problems.every((problem) => problem !== undefined)).toBe(true);
    expect(linkProblem({ page: 'CONTRIBUTING.md', target: 'docs/credentials.md#scopes' })).toBeUndefined();
  });

  it('see headings as they are linked to, code in them and repetition included', () => {
    const anchors = anchorsOf('# A *b* `c:d`!\n\n## Same\n\n## Same\n\n```sh\n# no heading\n```\n');
    expect([...anchors]).toEqual(['a-b-cd', 'same', 'same-1']);
  });

  it('take code for code', () => {
    expect(withoutCode('`[a](b)` and\n\n    [c](d)\n\n```\n[e](f)\n```\n')).not.toMatch(/\]\(/);
  });

  it('see a scope that does not exist', () => {
    expect(unknownScopes('`repository:write` and `repository:push`')).toEqual(['repository:push']);
  });

  it('replace what lies between the marks, and throw where there are none', () => {
    const text = 'a\n<!-- generated: x -->\nold $1\n<!-- /generated -->\nb\n';
    const replaced = withBlock(text, 'x', 'new $& $1');
    expect(replaced).toBe('a\n<!-- generated: x -->\nnew $& $1\n<!-- /generated -->\nb\n');
    expect(() => withBlock(text, 'y', '')).toThrow('no marks');
  });
});
