/**
 * Holds every import and a few forbidden words in `src/` against the two tables below. Run by `npm run check` and by
 * `test/architecture.test.ts`; prints one line per finding and ends with code 1 where there is one.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

interface Place {
  /** A file, or a folder with its slash. A path belongs to the first place that it lies in. */
  readonly at: string;
  /** What it may import of ours, besides its own place. `*` stands for one path segment. */
  readonly imports: readonly string[];
  /** What it may import by `import type` only. */
  readonly types?: readonly string[];
  /** Node's own modules and packages too, unless `false`. */
  readonly foreign?: false;
  /** What is right there, said with every finding. */
  readonly rule: string;
}

const domainNames =
  'accounts audit credentials federation git hosting jobs limits mail metrics oauth outbound pull-requests push webhooks'.split(
    ' ',
  );
const domains = domainNames.map((name) => `${name}/`);
const gate = 'gate/index.ts';
/** Files at the root of `src/` that everybody but the gate may import. */
const shared = ['config.ts', 'problem.ts', 'recently-used.ts', 'unless-aborted.ts'];
const handleTypes = ['store/handle.ts'];
/** The type of what is open while the host runs; only those who start the host open it. */
const services = 'services.ts';

const places: readonly Place[] = [
  {
    at: 'gate/',
    imports: [],
    foreign: false,
    rule: 'the gate is pure: it imports files of src/gate/ and nothing else, neither of ours nor of Node nor a package',
  },
  {
    at: 'doors/shared/',
    imports: ['entry/', 'acts/', gate, ...shared],
    types: [services, ...domains],
    rule: 'what doors share imports src/entry/, src/acts/, src/gate/index.ts and config.ts, and no door',
  },
  {
    at: 'doors/*/',
    imports: ['doors/shared/', 'entry/', 'acts/', gate, ...shared],
    types: [services, ...domains],
    rule: 'a door imports its own folder, src/doors/shared/, src/entry/, src/acts/, src/gate/index.ts and config.ts; no door imports another, and of a domain only types',
  },
  {
    at: 'client/',
    imports: ['problem.ts'],
    rule: 'what runs on the machine of somebody whose host is elsewhere imports problem.ts and nothing else of ours',
  },
  {
    at: 'cli/',
    imports: [
      'client/',
      'acts/',
      'entry/',
      gate,
      // Which version this is.
      '../package.json',
      'answering.ts',
      'lock.ts',
      'housekeeping.ts',
      'maintenance.ts',
      'telling.ts',
      'metrics/',
      'limits/pack-queue.ts',
      'git/process.ts',
      'git/start/index.ts',
      'doors/ssh/forced-command.ts',
      'main-path.ts',
      'memory.ts',
      services,
      ...shared,
    ],
    types: domains,
    rule: 'a verb of the command line imports src/acts/, src/entry/, src/gate/index.ts, services.ts, answering.ts and config.ts: what it does is an act that other doors share',
  },
  {
    at: 'acts/explain/',
    imports: [...domains, gate, 'entry/examine.ts', 'acts/', ...shared],
    types: [...handleTypes, services],
    rule: 'an act that explains imports what other acts import, and src/entry/examine.ts, which answers with data and admits nobody',
  },
  {
    at: 'acts/',
    imports: [...domains, gate, ...shared],
    types: [...handleTypes, services],
    rule: 'an act imports domains and src/gate/index.ts, and only types from services.ts and store/handle.ts: queries belong to a domain',
  },
  {
    at: 'entry/',
    imports: [...domains, gate, 'gate/sealed.ts', ...shared],
    types: handleTypes,
    rule: 'entry imports domains, src/gate/index.ts and src/gate/sealed.ts, and of the store only types from store/handle.ts',
  },
  ...domains.map(
    (at): Place => ({
      at,
      imports: ['store/', ...domains.map((domain) => `${domain}*.ts`), gate, ...shared],
      rule: 'a domain imports the store, src/gate/index.ts, itself and the top-level files of other domains, and never src/acts/, src/entry/ or a door',
    }),
  ),
  {
    at: 'store/',
    imports: [],
    types: ['config.ts', gate],
    rule: 'the store imports src/store/ and nothing else of ours, save types from config.ts and src/gate/index.ts',
  },
  {
    at: 'config.ts',
    imports: ['setting-forms.ts'],
    rule: 'config.ts imports setting-forms.ts and nothing else of ours',
  },
  { at: 'setting-forms.ts', imports: [], rule: 'setting-forms.ts imports nothing of ours' },
  { at: 'problem.ts', imports: [], rule: 'problem.ts imports nothing of ours' },
  { at: 'main-path.ts', imports: [], rule: 'main-path.ts imports nothing of ours' },
  { at: 'compile-cache.ts', imports: [], rule: 'compile-cache.ts imports nothing of ours' },
  { at: 'node-version.ts', imports: [], rule: 'node-version.ts imports nothing of ours' },
  { at: 'memory.ts', imports: [], rule: 'memory.ts imports nothing of ours' },
  { at: 'recently-used.ts', imports: [], rule: 'recently-used.ts imports nothing of ours' },
  { at: 'unless-aborted.ts', imports: [], rule: 'unless-aborted.ts imports nothing of ours' },
  { at: 'lock.ts', imports: [], rule: 'lock.ts imports nothing of ours' },
  {
    at: services,
    imports: ['main-path.ts', 'entry/', 'store/', ...domains, gate, ...shared],
    rule: 'services.ts opens what entry and acts work with, from the store and the domains',
  },
  {
    at: 'housekeeping.ts',
    imports: ['entry/', 'acts/', gate, ...shared],
    types: [services],
    rule: 'housekeeping.ts is a door for the tasks of the host itself: it imports entry, acts and the gate',
  },
  {
    at: 'maintenance.ts',
    imports: ['entry/', 'acts/', gate, 'lock.ts', ...shared],
    types: [services],
    rule: 'maintenance.ts is a door for a task of the host itself: it imports entry, acts, the gate and lock.ts',
  },
  {
    at: 'telling.ts',
    imports: ['entry/', 'acts/', 'doors/rest/', gate, ...shared],
    types: [services],
    rule: 'telling.ts is a door for a task of the host itself, and what it tells is in the words of the API: it imports entry, acts, the gate and src/doors/rest/',
  },
  {
    at: 'bad-requests.ts',
    imports: ['doors/*/'],
    rule: 'bad-requests.ts answers what comes to no route, in the form of the doors that it imports',
  },
  { at: 'running-requests.ts', imports: [], rule: 'running-requests.ts imports nothing of ours' },
  {
    at: 'server.ts',
    imports: [
      'doors/*/',
      'entry/',
      'acts/',
      'store/',
      services,
      'lock.ts',
      'bad-requests.ts',
      'running-requests.ts',
      ...domains,
      gate,
      ...shared,
    ],
    rule: 'server.ts composes everything but the command line, and of the gate imports src/gate/index.ts',
  },
  {
    at: 'answering.ts',
    imports: ['cluster/', 'server.ts', 'housekeeping.ts', ...domains, ...shared],
    types: [services],
    rule: 'answering.ts says who answers requests: server.ts in this process, or the workers of src/cluster/',
  },
  {
    at: 'cluster/',
    imports: ['serving.ts', services, 'main-path.ts', 'memory.ts', ...domains, ...shared],
    rule: 'a worker of src/cluster/ runs what serving.ts names, and shares what the domains have for the whole host',
  },
  {
    at: 'serving.ts',
    imports: ['server.ts', services],
    rule: 'serving.ts names what a process needs that answers requests',
  },
  {
    at: 'main.ts',
    imports: ['cli/', 'cluster/', 'compile-cache.ts', 'node-version.ts', ...shared],
    rule: 'main.ts imports src/cli/, src/cluster/, compile-cache.ts, node-version.ts and config.ts',
  },
  {
    at: 'worker.ts',
    imports: ['cluster/', 'compile-cache.ts'],
    rule: 'worker.ts imports src/cluster/ and compile-cache.ts',
  },
];

interface Ban {
  /** Folders where it holds; everywhere in `src/` unless told. */
  readonly within?: readonly string[];
  readonly except?: readonly string[];
  /** Also looked for in comments, where compilers read directives. Strings are never looked at. */
  readonly inComments?: true;
  readonly pattern: RegExp;
  readonly message: string;
}

const proofs = String.raw`(?:Grant|Principal|Facts)\b`;
/** `as` and the type after it, as far as the line and the expression go; commas only between angle brackets. */
const cast = String.raw`\bas\s+(?:[^;,(){}=<\n]|<[^;(){}=\n]*?)*?\b`;
const bracketed = String.raw`(?:[=(,:?&|>[{;]|\breturn|\byield|\bawait|^)\s*<\s*`;

const bans: readonly Ban[] = [
  {
    pattern: new RegExp(`${cast}${proofs}`, 'g'),
    message:
      'casts to a grant, a principal or facts; these are proofs and come from admit, identify and the loader alone',
  },
  {
    pattern: new RegExp(`${bracketed}${proofs}`, 'gm'),
    message:
      'casts to a grant, a principal or facts in angle brackets; take the value from admit, identify or the loader',
  },
  {
    pattern: new RegExp(String.raw`${cast}any\b|${bracketed}any\s*>`, 'gm'),
    message:
      'casts to any, which switches every check off; narrow an unknown by a type guard or a zod schema',
  },
  {
    pattern: /\benterAs(?:Operator|Job)\b/g,
    within: ['doors/', 'acts/', ...domains],
    message:
      'enters as the operator or as a job; only the command line, housekeeping.ts, maintenance.ts and telling.ts may, everybody else enters with what was presented',
  },
  {
    pattern: /\bkeyProvenToOpenSsh\b/g,
    within: ['doors/', 'acts/', ...domains],
    message:
      'takes a key for proven that nobody proved here; only src/cli/openssh.ts may, which OpenSSH calls behind a signature',
  },
  {
    pattern: /\bas\s+never\b/g,
    within: ['doors/', 'entry/', 'acts/', 'cli/'],
    message:
      'casts to never, which fits where a grant is asked; narrow the value or give the parameter its true type',
  },
  {
    pattern: /@ts-(?:ignore|nocheck)\b/g,
    inComments: true,
    message: 'switches the type checker off; give the types that are true',
  },
  {
    pattern: /\bMath\.random\b/g,
    within: ['credentials/'],
    message: 'Math.random can be foretold; secrets and ids come from node:crypto',
  },
  {
    // A row's own id is no secret and is written as `id: randomUUID()`.
    pattern: /(?<!\b(?:id|uuid): )\brandomUUID\s*\(/g,
    within: ['credentials/'],
    message:
      'randomUUID makes row ids only (`id: randomUUID()`, `uuid: randomUUID()`); a secret is made in credentials/secret.ts',
  },
  {
    pattern: /\bDate\.now\b|\bnew Date\s*\(\s*\)|\bperformance\.now\b|\bMath\.random\b|\bprocess\./g,
    within: ['gate/'],
    message: 'the gate has no clock, chance or environment; take it as a fact',
  },
  {
    pattern: /\bconsole\./g,
    except: ['cli/'],
    message: 'console is for src/cli/; the server writes through its log',
  },
];

/** Checks these files, given as path below `src/` → text. */
export function checkArchitecture(files: ReadonlyMap<string, string>): Finding[] {
  const findings: Finding[] = [];
  const edges = new Map<string, Map<string, Finding>>();
  for (const [file, text] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const place = places.find(({ at }) => liesIn(file, at));
    const report = (offset: number, message: string): Finding => {
      const finding = { file, line: text.slice(0, offset).split('\n').length, message };
      findings.push(finding);
      return finding;
    };
    if (!place) {
      report(
        0,
        'lies at no place that scripts/lint-architecture.ts knows; move it, or add a row to the table there',
      );
      continue;
    }
    for (const found of importsOf(text)) {
      if (!found.target.startsWith('.')) {
        if (place.foreign === false) report(found.offset, `imports ${found.target}: ${place.rule}`);
        continue;
      }
      const target = posix.join(posix.dirname(file), found.target);
      if (!mayImport(file, target, found.typeOnly, place))
        report(found.offset, `imports ${target}: ${place.rule}`);
      const from = topOf(file);
      const to = topOf(target);
      const targets = edges.get(from) ?? new Map<string, Finding>();
      edges.set(from, targets);
      const line = text.slice(0, found.offset).split('\n').length;
      if (from !== to && !targets.has(to)) targets.set(to, { file, line, message: target });
    }
    for (const ban of bans) {
      if (ban.within && !ban.within.some((folder) => file.startsWith(folder))) continue;
      if (ban.except?.some((folder) => file.startsWith(folder))) continue;
      const searched = blank(text, ban.inComments ? 'strings' : 'strings and comments');
      for (const match of searched.matchAll(ban.pattern)) report(match.index, ban.message);
    }
  }
  return [...findings, ...cyclesIn(edges)];
}

function mayImport(file: string, target: string, typeOnly: boolean, place: Place): boolean {
  const door = place.at === 'doors/*/';
  const own = door ? file.split('/').slice(0, 2).join('/') : topOf(file);
  if (place.at.endsWith('/') && target.startsWith(`${place.at.includes('*') ? own : place.at.slice(0, -1)}/`))
    return true;
  const allowed = typeOnly ? [...place.imports, ...(place.types ?? [])] : place.imports;
  return allowed.some((pattern) => liesIn(target, pattern));
}

function liesIn(path: string, pattern: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  const folder = wanted.at(-1) === '';
  if (folder ? given.length < wanted.length : given.length !== wanted.length) return false;
  return wanted.every((segment, index) => {
    if (folder && index === wanted.length - 1) return true;
    const [before = '', after] = segment.split('*');
    const part = given[index] ?? '';
    return after === undefined ? part === segment : part.startsWith(before) && part.endsWith(after);
  });
}

const topOf = (path: string): string => path.split('/', 1)[0] ?? path;

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
  readonly offset: number;
}

const importForms = [
  // import … from, export … from; the clause holds no quote, bracket or semicolon, so that it cannot run into the next statement
  /(?<![\w$.])(?:import|export)\s+(type\s+)?(?:[\w$*,\s]|\{[^}]*\})*?\bfrom\s*(['"])(?<target>[^'"\n]+)\2/g,
  /(?<![\w$.])import\s*(?<target2>['"][^'"\n]+['"])/g,
  /(?<![\w$.])import\s*\(\s*(?<target2>['"`][^'"`\n]+['"`])/g,
];

/** Static, re-exporting, bare and dynamic imports, `import('…')` in a type included. */
function importsOf(text: string): Import[] {
  const code = blank(text, 'comments');
  return importForms.flatMap((form) =>
    [...code.matchAll(form)].map((match) => ({
      target: match.groups?.target ?? (match.groups?.target2 ?? '').slice(1, -1),
      typeOnly: Boolean(match[1]) && form === importForms[0],
      offset: match.index,
    })),
  );
}

const commentOrString =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|\/(?![/*\s])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[dgimsuvy]*(?=\s*[.,;)\]}\n])/g;

/** Replaces comments or strings by spaces, so that offsets and lines stay. Code within `${}` of a template stays, too. */
function blank(text: string, what: 'comments' | 'strings' | 'strings and comments'): string {
  return text.replace(commentOrString, (found) => {
    const comment = found.startsWith('//') || found.startsWith('/*');
    if (comment ? what === 'strings' : what === 'comments') return found;
    const spaces = (part: string) => part.replace(/[^\n]/g, ' ');
    if (!found.startsWith('`')) return spaces(found);
    let result = '';
    let last = 0;
    for (const inner of found.matchAll(/\$\{[^{}]*\}/g)) {
      result += spaces(found.slice(last, inner.index)) + inner[0];
      last = inner.index + inner[0].length;
    }
    return result + spaces(found.slice(last));
  });
}

/** One finding per folder that can be reached from itself, told by its shortest way round. */
function cyclesIn(edges: ReadonlyMap<string, ReadonlyMap<string, Finding>>): Finding[] {
  const findings: Finding[] = [];
  const told = new Set<string>();
  for (const start of [...edges.keys()].toSorted()) {
    const way = shortestCycle(start, edges);
    const key = way.toSorted().join(' ');
    const first = edges.get(start)?.get(way[1] ?? '');
    if (!first || told.has(key)) continue;
    told.add(key);
    findings.push({
      file: first.file,
      line: first.line,
      message: `imports ${first.message}, which closes the circle ${[...way, start].join(' → ')}; imports point downward: move what both need below both`,
    });
  }
  return findings;
}

function shortestCycle(start: string, edges: ReadonlyMap<string, ReadonlyMap<string, Finding>>): string[] {
  const seen = new Set<string>();
  let ways: string[][] = [[start]];
  while (ways.length > 0) {
    const longer: string[][] = [];
    for (const way of ways) {
      for (const next of edges.get(way.at(-1) ?? '')?.keys() ?? []) {
        if (next === start) return way;
        if (!seen.has(next)) longer.push([...way, next]);
        seen.add(next);
      }
    }
    ways = longer;
  }
  return [];
}

/** Every `.ts` file below a folder, as path → text. */
export function readSources(root: string): Map<string, string> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  return new Map(
    names
      .filter((name) => name.endsWith('.ts'))
      .map((name) => [name.replaceAll('\\', '/'), readFileSync(`${root}/${name}`, 'utf8')]),
  );
}

if (import.meta.main) {
  const findings = checkArchitecture(readSources(fileURLToPath(new URL('../src', import.meta.url))));
  for (const { file, line, message } of findings) process.stderr.write(`src/${file}:${line}: ${message}.\n`);
  if (findings.length > 0) process.exitCode = 1;
}
