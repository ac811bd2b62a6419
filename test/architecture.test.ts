import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkArchitecture, readSources } from '../scripts/lint-architecture.ts';
import { projectRoot } from './support/run.ts';

const check = (files: Record<string, string>): string[] =>
  checkArchitecture(new Map(Object.entries(files))).map(
    ({ file, line, message }) => `${file}:${line} ${message}`,
  );

it('finds nothing wrong in src/', () => {
  expect(checkArchitecture(readSources(join(projectRoot, 'src')))).toEqual([]);
});

describe('imports', () => {
  const refused: [string, string, string, string][] = [
    ['gate/scopes.ts', "import { x } from '../problem.ts';", 'problem.ts', 'the gate is pure'],
    ['gate/scopes.ts', "import type { X } from '../store/handle.ts';", 'store/handle.ts', 'the gate is pure'],
    ['gate/scopes.ts', "import { hash } from 'node:crypto';", 'node:crypto', 'the gate is pure'],
    ['gate/scopes.ts', "import { z } from 'zod';", 'zod', 'the gate is pure'],
    ['gate/scopes.ts', "export { z } from 'zod';", 'zod', 'the gate is pure'],
    ['doors/rest/user.ts', "import { x } from '../../gate/grant.ts';", 'gate/grant.ts', 'a door imports'],
    ['doors/rest/user.ts', "import { x } from '../../gate/sealed.ts';", 'gate/sealed.ts', 'a door imports'],
    [
      'doors/rest/user.ts',
      "import { x } from '../../accounts/index.ts';",
      'accounts/index.ts',
      'a door imports',
    ],
    ['doors/rest/user.ts', "import { x } from '../../store/open.ts';", 'store/open.ts', 'a door imports'],
    [
      'doors/rest/user.ts',
      "import { x } from '../web/html.ts';",
      'doors/web/html.ts',
      'no door imports another',
    ],
    ['doors/shared/http.ts', "import { x } from '../web/html.ts';", 'doors/web/html.ts', 'no door'],
    [
      'cli/serve.ts',
      "import { x } from '../accounts/index.ts';",
      'accounts/index.ts',
      'a verb of the command line',
    ],
    [
      'cli/serve.ts',
      "import { x } from '../doors/web/html.ts';",
      'doors/web/html.ts',
      'a verb of the command line',
    ],
    ['acts/user/create.ts', "import { x } from '../../entry/admit.ts';", 'entry/admit.ts', 'an act imports'],
    ['acts/user/create.ts', "import { x } from '../../gate/sealed.ts';", 'gate/sealed.ts', 'an act imports'],
    ['acts/user/create.ts', "import { x } from '../../store/handle.ts';", 'store/handle.ts', 'only types'],
    [
      'acts/user/create.ts',
      "import type { X } from '../../store/schema.ts';",
      'store/schema.ts',
      'only types',
    ],
    ['acts/user/create.ts', "import { x } from '../../services.ts';", 'services.ts', 'only types'],
    ['services.ts', "import { x } from './acts/user.ts';", 'acts/user.ts', 'services.ts opens'],
    ['entry/load.ts', "import { x } from '../gate/grant.ts';", 'gate/grant.ts', 'entry imports'],
    ['entry/load.ts', "import { x } from '../acts/user.ts';", 'acts/user.ts', 'entry imports'],
    ['git/open.ts', "import { x } from '../gate/sealed.ts';", 'gate/sealed.ts', 'a domain imports'],
    ['git/open.ts', "import { x } from '../acts/user.ts';", 'acts/user.ts', 'a domain imports'],
    [
      'git/open.ts',
      "import { x } from '../accounts/insides/hash.ts';",
      'accounts/insides/hash.ts',
      'top-level',
    ],
    ['git/open.ts', "const x = await import('../entry/admit.ts');", 'entry/admit.ts', 'a domain imports'],
    ['git/open.ts', "export * from '../entry/admit.ts';", 'entry/admit.ts', 'a domain imports'],
    ['git/open.ts', "import '../entry/admit.ts';", 'entry/admit.ts', 'a domain imports'],
    ['git/open.ts', "let x: import('../entry/admit.ts').X;", 'entry/admit.ts', 'a domain imports'],
    [
      'git/open.ts',
      "import {\n  x,\n  type Y,\n} from '../entry/admit.ts';",
      'entry/admit.ts',
      'a domain imports',
    ],
    ['store/open.ts', "import { x } from '../git/open.ts';", 'git/open.ts', 'the store imports'],
    ['store/open.ts', "import { x } from '../config.ts';", 'config.ts', 'types from config.ts'],
    [
      'config.ts',
      "import { x } from './git/open.ts';",
      'git/open.ts',
      'config.ts imports setting-forms.ts and nothing else',
    ],
    ['server.ts', "import { x } from './gate/sealed.ts';", 'gate/sealed.ts', 'server.ts composes'],
    ['main.ts', "import { x } from './server.ts';", 'server.ts', 'main.ts imports'],
  ];
  it.each(refused)('of %s: %s is refused', (file, text, target, rule) => {
    const findings = check({ [file]: `// the first line\n${text}\n` });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatch(`${file}:2 imports ${target}: `);
    expect(findings[0]).toContain(rule);
  });

  const allowed: [string, string][] = [
    ['gate/scopes.ts', "import { x } from './kinds.ts';"],
    ['entry/admit.ts', "import { x } from '../gate/sealed.ts'; import { y } from '../accounts/index.ts';"],
    ['doors/rest/user.ts', "import { x } from '../../entry/admit.ts'; import { y } from './pages/a.ts';"],
    ['doors/rest/user.ts', "import { x } from '../shared/http.ts'; import { y } from '../../gate/index.ts';"],
    ['doors/rest/user.ts', "import fastify from 'fastify'; import { z } from 'node:fs';"],
    [
      'acts/user/create.ts',
      "import type { X } from '../../store/handle.ts'; import { y } from '../../git/a.ts';",
    ],
    ['acts/user/create.ts', "import type { Services } from '../../services.ts';"],
    ['git/open.ts', "import { x } from '../store/open.ts'; import { y } from '../accounts/index.ts';"],
    ['store/open.ts', "import type { X } from '../config.ts';"],
    ['cli/serve.ts', "import { x } from '../answering.ts'; import { y } from '../acts/user/create.ts';"],
    ['git/open.ts', "// import { x } from '../entry/admit.ts';\n/* import '../entry/admit.ts'; */"],
  ];
  it.each(allowed)('of %s: %s is allowed', (file, text) => {
    expect(check({ [file]: text })).toEqual([]);
  });

  it('are judged one by one, not run together', () => {
    const text = "import type { A } from '../store/handle.ts';\nimport { b } from '../store/handle.ts';";
    expect(check({ 'acts/a.ts': text })).toEqual([
      expect.stringMatching(/^acts\/a\.ts:2 imports store\/handle\.ts/),
    ]);
  });

  it('do not go round in circles, whether two folders or three', () => {
    const two = check({
      'git/a.ts': "import { b } from '../push/b.ts';",
      'push/b.ts': "import '../git/a.ts';",
    });
    expect(two).toEqual([expect.stringContaining('closes the circle git → push → git')]);
    const three = check({
      'git/a.ts': "import { b } from '../push/b.ts';",
      'push/b.ts': "import { c } from '../audit/c.ts';",
      'audit/c.ts': "import type { A } from '../git/a.ts';",
    });
    expect(three).toEqual([expect.stringContaining('closes the circle audit → git → push → audit')]);
  });

  it('come from known places only', () => {
    expect(check({ 'helpers/all.ts': '' })).toEqual([
      expect.stringContaining('helpers/all.ts:1 lies at no place'),
    ]);
  });
});

describe('words', () => {
  const refused: [string, string, string][] = [
    ['acts/a.ts', 'f(x as Grant);', 'casts to a grant'],
    ['acts/a.ts', "f({} as Grant<'repository.read'>);", 'casts to a grant'],
    ['acts/a.ts', 'f(x as unknown as Grant);', 'casts to a grant'],
    ['acts/a.ts', 'f(x as readonly Grant[]);', 'casts to a grant'],
    ['entry/a.ts', 'const p = x as Principal;', 'casts to a grant'],
    ['entry/a.ts', 'const p = x as Facts;', 'casts to a grant'],
    ['acts/a.ts', 'f(x as Map<string, Grant>);', 'casts to a grant'],
    ['acts/a.ts', 'const g = <Grant>x;', 'in angle brackets'],
    ['acts/a.ts', "return <Grant<'repository.read'>>x;", 'in angle brackets'],
    ['acts/a.ts', 'const g = x as any;', 'casts to any'],
    ['acts/a.ts', 'const g = x as Record<string, any>[];', 'casts to any'],
    ['acts/a.ts', 'f(<any>x);', 'casts to any'],
    ['acts/a.ts', 'f(x as never);', 'casts to never'],
    ['acts/a.ts', 'const text = `${x as Grant}`;', 'casts to a grant'],
    ['acts/a.ts', '// @ts-ignore', 'type checker off'],
    ['acts/a.ts', '/* @ts-nocheck */', 'type checker off'],
    ['credentials/a.ts', 'const secret = Math.random();', 'can be foretold'],
    ['credentials/a.ts', 'const secret = randomUUID();', 'credentials/secret.ts'],
    ['gate/a.ts', 'const now = Date.now();', 'no clock'],
    ['gate/a.ts', 'const now = new Date();', 'no clock'],
    ['git/a.ts', "console.log('x');", 'the server writes through its log'],
  ];
  it.each(refused)('in %s: %s is refused', (file, text, rule) => {
    const findings = check({ [file]: `\n${text}` });
    expect(findings.filter((finding) => finding.includes(rule))).toHaveLength(1);
    expect(findings.every((finding) => finding.startsWith(`${file}:2 `))).toBe(true);
  });

  const allowed: [string, string][] = [
    ['acts/a.ts', '// treat it as Grant, as any reader would'],
    ['acts/a.ts', "const text = 'as Grant, as any';"],
    ['acts/a.ts', "async function f(grant: Grant<'a'>): Promise<Grant<'a'>> { return grant; }"],
    ['acts/a.ts', 'const map = new Map<string, Facts>(); f(x as string, y satisfies Principal);'],
    ['acts/a.ts', 'f(x as string) as number;\ntype G = Grant;'],
    ['credentials/a.ts', 'const row = { id: randomUUID() };'],
    ['acts/a.ts', 'const pair = [x as string, Grant];'],
    ['cli/a.ts', "console.log('x');"],
    ['gate/a.ts', 'const then = new Date(facts.now);'],
    ['git/a.ts', 'const quotes = /[\'"]/; const x = y as string;'],
  ];
  it.each(allowed)('in %s: %s is allowed', (file, text) => {
    expect(check({ [file]: text })).toEqual([]);
  });
});
