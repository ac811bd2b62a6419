import { CALLERS } from './callers.ts';
import { countKey, type Plan } from './plan.ts';
import { ruleOf, type RuleName } from './reference.ts';
import { ROWS } from './routes.ts';

const VERDICTS = ['allowed', '401', '403', '404', 'sign in', 'change password', 'confirm'] as const;
const DOORS = ['git', 'rest', 'oauth', 'web'] as const;

const list = (words: readonly string[], none: string): string =>
  words.length === 0 ? none : words.map((word) => `\`${word}\``).join(', ');

/** The published page: counts alone, so that it is the same on every machine and at every time. */
export function conformancePage({ cells, counts, looking, changing, represented }: Plan): string {
  const count = (door: string, rule: string, verdict: string): number =>
    counts.get(countKey(door, rule, verdict)) ?? 0;
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  const rules = (door: string): RuleName[] => [
    ...new Set(ROWS.filter((row) => row.door === door).map(({ rule }) => rule)),
  ];
  const total = (door: string, verdict: string) => sum(rules(door).map((rule) => count(door, rule, verdict)));

  const lines = [
    '# Conformance',
    '',
    'Every route of every door is asked by everybody, of everything, and each answer is held against an oracle that was',
    'written by hand from the reference and shares no code with the gate. `npm run matrix` asks all of it and writes this',
    'page; the tests ask so many cells that every pair of values occurs. A route without a row fails the run.',
    '',
    `- ${ROWS.length} routes (\`HEAD\` counted each; \`/!api/2.0\` and \`/api/2.0\` are the same address as \`/2.0\`).`,
    `- ${CALLERS.length} ways of asking: nothing, sessions, app passwords, API tokens, access tokens of repositories, projects and workspaces, job tokens, OAuth tokens and consumers of several holders; each way of`,
    '  presenting them, right and wrong; revoked, expired, paused, unknown, consent withdrawn; no scope, each scope alone, all but a needed',
    '  one, all; each kind of bound, kept and broken.',
    '- Targets: public, private, private without a wiki, of another workspace, deleted, never there; for a transfer both',
    '  ends.',
    `- ${cells} cells. What must be refused was asked, and the state of the host stayed as it was: every row and every`,
    '  file of every repository, save last uses, the ledger and how often downloads were fetched.',
    `- ${looking.length + changing.length} requests were admitted and made; of those that change something, one of each class of route, kind of`,
    `  asker, bound and target, on a copy of the host, which stands for ${represented} more.`,
    '',
    '“sign in”, “change password” and “confirm” are the pages to which a browser is sent instead.',
    '',
    '## By door',
    '',
    `| door | ${VERDICTS.join(' | ')} | cells |`,
    `|---|${VERDICTS.map(() => '---:|').join('')}---:|`,
    ...DOORS.map((door) => {
      const numbers = VERDICTS.map((verdict) => total(door, verdict));
      return `| ${door} | ${numbers.join(' | ')} | ${sum(numbers)} |`;
    }),
  ];
  for (const door of DOORS) {
    lines.push(
      '',
      `## ${{ git: 'Git over HTTPS', rest: 'REST', oauth: 'OAuth endpoints', web: 'Pages' }[door]}`,
      '',
      `| what is asked | of | scopes | of an API token | by | ${VERDICTS.join(' | ')} |`,
      `|---|---|---|---|---|${VERDICTS.map(() => '---:|').join('')}`,
      ...rules(door).map((name) => {
        const { targets, scopes, granular = [], askers } = ruleOf(name);
        const numbers = VERDICTS.map((verdict) => count(door, name, verdict));
        return `| ${name} | ${targets.join('; ')} | ${list(scopes, '–')} | ${list(
          granular.map((each) => `${each}:bitbucket`),
          '–',
        )} | ${askers.join(', ')} | ${numbers.join(' | ')} |`;
      }),
    );
  }
  return `${lines.join('\n')}\n`;
}
