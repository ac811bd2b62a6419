import { Command } from 'commander';
import { simulate, type Simulation } from '../acts/explain/simulate.ts';
import { enterAsOperator } from '../entry/index.ts';
import { CREDENTIAL_KINDS } from '../gate/index.ts';
import { moment } from './moment.ts';
import { operate, print, printJson } from './operate.ts';
import { settingsOf } from './settings.ts';

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

export const explainCommand = (): Command =>
  new Command('explain')
    .description(
      'Ask what a credential may do, and why: by the decision itself, without its secret and without doing anything. Ends with code 0 when it may, 1 when it may not.',
    )
    .argument('<credential>', 'public id, cred_…')
    .argument('<operation>', 'such as repository.push; docs/scopes.md lists them')
    .argument('[targets...]', 'WORKSPACE/NAME or WORKSPACE, one for each target that the operation names')
    .option('--ref <ref>', 'push to this ref: a full name, or that of a branch')
    .option('--change <change>', 'create, fast-forward, force or delete (default: each of them)')
    .option('--path <path>', 'the push changes this file')
    .option('--from <address>', 'used from this network address (default: from none)')
    .option('--at <time>', 'used then, such as 2027-03-31T12:00Z (default: now)')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  latchkey explain cred_… repository.push team/app --ref main --change force --from 192.0.2.7',
    )
    .action(
      async (
        credentialId: string,
        operation: string,
        targets: readonly string[],
        options: Record<string, unknown>,
      ) => {
        const at = text(options['at']);
        const simulation = await operate(settingsOf(options), async (services) =>
          simulate(services, await enterAsOperator(services, 'credential.explain', [{ type: 'host' }]), {
            credentialId,
            operation,
            targets,
            ref: text(options['ref']),
            change: text(options['change']),
            path: text(options['path']),
            address: text(options['from']),
            at: at === null ? null : moment(at, 'beginning'),
          }),
        );
        if (options['json'] === true) printJson(asJson(simulation));
        else for (const line of asLines(simulation)) print(line);
        if (!simulation.allowed) process.exitCode = 1;
      },
    );

const asJson = (simulation: Simulation) => {
  const { allowed, operation, credential, at, refusal, hint, factors, refs, notes } = simulation;
  return {
    allowed,
    operation,
    credential: {
      id: credential.credentialId,
      kind: credential.kind,
      label: credential.label,
      scopes: credential.scopes,
    },
    at: new Date(at).toISOString(),
    refusal,
    hint,
    factors,
    refs,
    notes,
  };
};

const MARKS = new Map<boolean | null, string>([
  [true, 'yes'],
  [false, 'NO '],
  [null, ' · '],
]);

function* asLines({
  allowed,
  does,
  credential,
  hint,
  factors,
  refs,
  notes,
  at,
}: Simulation): Generator<string> {
  const { credentialId, kind, label } = credential;
  yield `${allowed ? 'ALLOWED' : 'REFUSED'}: ${CREDENTIAL_KINDS[kind].title} ${JSON.stringify(label)} (${credentialId}), to ${does}, at ${new Date(at).toISOString()}.`;
  for (const { factor, allows, says } of factors)
    yield `  ${MARKS.get(allows) ?? ''}  ${factor.padEnd(7)}  ${says}`;
  for (const { change, reason } of refs) yield `         ${change}: ${reason ?? 'allowed'}`;
  if (hint !== null && refs.length === 0) yield `What would be right: ${hint}`;
  for (const note of notes) yield `Note: ${note}`;
}
