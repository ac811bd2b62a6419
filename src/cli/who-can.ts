import { Command } from 'commander';
import type { RefAnswer } from '../acts/explain/ref-answers.ts';
import type { Waiting } from '../acts/explain/asked-each.ts';
import { credentialsIn, whoCan, type WhoCan } from '../acts/explain/who-can.ts';
import { enterAsOperator } from '../entry/index.ts';
import { CREDENTIAL_KINDS } from '../gate/index.ts';
import type { RoleSource } from '../hosting/index.ts';
import { operate, print, printJson, repositoryNamed } from './operate.ts';
import { settingsOf } from './settings.ts';

export const whoCanCommand = (): Command =>
  new Command('who-can')
    .description('List the people and credentials that can do something to a repository, and why.')
    .argument('<operation>', 'such as repository.push; docs/scopes.md lists them')
    .argument('<repository>', 'WORKSPACE/NAME')
    .option('--ref <ref>', 'push to this ref, or merge into this branch: a full name, or that of a branch')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  latchkey who-can repository.push team/app --ref main\n  latchkey who-can pull_request.merge team/app --ref main',
    )
    .action(async (operation: string, name: string, options: Record<string, unknown>) => {
      const target = { type: 'repository', ...repositoryNamed(name) } as const;
      const ref = typeof options['ref'] === 'string' ? options['ref'] : null;
      const answer = await operate(settingsOf(options), async (services) =>
        whoCan(services, await enterAsOperator(services, 'repository.who_can', [target]), { operation, ref }),
      );
      if (options['json'] === true) printJson(asJson(answer));
      else for (const line of asLines(answer, name)) print(line);
    });

const WAITS: Readonly<Record<Waiting, string>> = {
  networks: '(from its networks only)',
  time: '(not at this hour)',
  start: '(not begun)',
  pause: '(paused)',
};

const allowedChanges = (refs: readonly RefAnswer[]): string[] =>
  refs.filter(({ reason }) => reason === null).map(({ change }) => change);

const asJson = (answer: WhoCan) => ({
  operation: answer.operation,
  role: answer.role,
  ref: answer.ref,
  everybody: answer.everybody,
  people: answer.people.map(({ account, role: held, through, refs }) => ({
    user: account.username,
    role: held,
    through: through.map(sourceInWords),
    ...(answer.ref !== null && { changes: allowedChanges(refs) }),
  })),
  credentials: credentialsIn(answer).map(({ credential, owner, now, waitsFor, bounds, refs }) => ({
    id: credential.id,
    kind: credential.kind,
    label: credential.label,
    owner,
    scopes: credential.scopes,
    bounds,
    now,
    waits_for: waitsFor,
    ...(answer.ref !== null && { changes: allowedChanges(refs) }),
  })),
});

function sourceInWords(source: RoleSource): string {
  switch (source.type) {
    case 'owner':
      return 'owner of the workspace';
    case 'direct':
      return `${source.role} on the repository`;
    case 'group':
      return `${source.role} through @${source.slug}`;
  }
}

function* asLines(answer: WhoCan, name: string): Generator<string> {
  const { does, role, everybody, people, ref } = answer;
  const credentials = credentialsIn(answer);
  const where = ref === null ? name : `${ref} of ${name}`;
  yield `To ${does} takes ${role}. On ${where}:`;
  if (everybody) yield '  everybody: the repository is public';
  if (people.length + credentials.length === 0 && !everybody) yield '  nobody and nothing';
  for (const { account, through, refs } of people) {
    const parts = ['person', account.username, through.map(sourceInWords).join(', '), changes(refs)];
    yield `  ${parts.filter((part) => part !== '').join('  ')}`;
  }
  for (const { credential, owner, now, waitsFor, bounds, refs } of credentials) {
    const parts = [
      CREDENTIAL_KINDS[credential.kind].title,
      credential.id,
      JSON.stringify(credential.label),
      owner === null ? '' : `of ${owner}`,
      ...bounds,
      changes(refs),
      now || waitsFor === null ? '' : WAITS[waitsFor],
    ];
    yield `  ${parts.filter((part) => part !== '').join('  ')}`;
  }
}

const changes = (refs: readonly RefAnswer[]): string =>
  refs.length === 0 ? '' : `may ${allowedChanges(refs).join(', ')}`;
