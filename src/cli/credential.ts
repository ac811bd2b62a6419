import { Command, Option } from 'commander';
import { listEveryCredential, type CredentialsOf } from '../acts/credentials/list.ts';
import { listCredentialObservations, listCredentialUses, type Usage } from '../acts/credentials/uses.ts';
import { narrowCredential } from '../acts/credentials/narrow.ts';
import { viewOwners, type NamedOwner } from '../acts/credentials/owners.ts';
import { pauseCredential, resumeCredential } from '../acts/credentials/pause.ts';
import { replaceCredential } from '../acts/credentials/replace.ts';
import { revokeCredential } from '../acts/credentials/revoke.ts';
import { standingOf } from '../acts/credentials/standing.ts';
import { viewBoundWords } from '../acts/credentials/view.ts';
import { boundsInWords } from '../acts/explain/words.ts';
import type { Credential } from '../credentials/index.ts';
import { enterAsOperator } from '../entry/index.ts';
import { CREDENTIAL_KINDS, describeBound } from '../gate/index.ts';
import { settingsOf } from './settings.ts';
import { confinementOf, withConfinement } from './confinement.ts';
import { endOf, instant, moment, namingExpires } from './moment.ts';
import { json, operate, print, printJson, projectNamed, repositoryNamed } from './operate.ts';
import { overlapOf, withOverlap } from './overlap.ts';
import { refuseUnseen, showOnce } from './shown-once.ts';

export const credentialCommand = (): Command =>
  new Command('credential')
    .description('Credentials of every kind.')
    .addCommand(list())
    .addCommand(narrow())
    .addCommand(observations())
    .addCommand(pause())
    .addCommand(replace())
    .addCommand(resume())
    .addCommand(revoke())
    .addCommand(uses());

const list = (): Command =>
  new Command('list')
    .description('List credentials, newest first, ended ones included; never their secrets.')
    .addOption(
      new Option('--user <name>', 'those of one account').conflicts(['repository', 'project', 'workspace']),
    )
    .addOption(
      new Option('--repository <repository>', 'those of one repository, as WORKSPACE/NAME').conflicts([
        'project',
        'workspace',
      ]),
    )
    .addOption(
      new Option('--project <project>', 'those of one project, as WORKSPACE/KEY').conflicts('workspace'),
    )
    .option(
      '--workspace <name>',
      'those of a workspace itself; what belongs to its projects and repositories is not among them',
    )
    .option('--json', 'as JSON')
    .action(async (options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'credential.list', [{ type: 'host' }]);
        const credentials = await listEveryCredential(services, grant, ownerIn(options));
        const owners = await viewOwners(services, grant, credentials);
        if (options['json'] === true)
          printJson(credentials.map((credential) => asJson(credential, owners.get(credential.id))));
        else {
          const words = await viewBoundWords(services, grant, credentials);
          for (const credential of credentials)
            print(asLine(credential, owners.get(credential.id), words.get(credential.id) ?? []));
        }
      }),
    );

function ownerIn(options: Record<string, unknown>): CredentialsOf | 'every' {
  const { user, repository, project, workspace } = options;
  if (typeof user === 'string') return { user };
  if (typeof repository === 'string') return repositoryNamed(repository);
  if (typeof project === 'string') return projectNamed(project);
  return typeof workspace === 'string' ? { workspace } : 'every';
}

const narrow = (): Command =>
  withConfinement(
    new Command('narrow')
      .description(
        'Confine a live credential further, from its next use on. Nothing that confines it is ever taken off.',
      )
      .argument('<id>', 'public id, cred_…'),
  ).action(async (id: string, options: Record<string, unknown>) =>
    operate(settingsOf(options), async (services) => {
      const grant = await enterAsOperator(services, 'credential.narrow', [{ type: 'host' }]);
      const bounds = await narrowCredential(services, grant, id, confinementOf(options));
      print(`Narrowed ${id}: ${(await boundsInWords(services, bounds, grant.principal)).join('; ')}.`);
    }),
  );

const observations = (): Command =>
  new Command('observations')
    .description(
      'Show what the networks of a credential would have refused, had they not been only observed.',
    )
    .argument('<id>', 'public id, cred_…')
    .option('--json', 'as JSON')
    .action(async (id: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'credential.list', [{ type: 'host' }]);
        const seen = await listCredentialObservations(services, grant, id);
        if (options['json'] === true) {
          printJson(
            seen.map(({ operation, address, count, firstAt, lastAt }) => ({
              operation,
              address,
              count,
              first_at: instant(firstAt),
              last_at: instant(lastAt),
            })),
          );
        } else {
          for (const { operation, address, count, firstAt, lastAt } of seen) {
            print(
              [
                address === '' ? 'several places' : address,
                operation,
                `${count} times`,
                `${instant(firstAt)} to ${instant(lastAt)}`,
              ].join('  '),
            );
          }
          if (seen.length === 0) print('Nothing was observed.');
        }
      }),
    );

const uses = (): Command =>
  new Command('uses')
    .description(
      'Show what a credential was used for in the last 90 days: what was asked for, of what, from where and with which client, let in or refused. The latest first; the last seconds may still be missing.',
    )
    .argument('<id>', 'public id, cred_…')
    .option('--json', 'as JSON, with the uses of each day and the scopes that nothing needed')
    .action(async (id: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'credential.list', [{ type: 'host' }]);
        const usage = await listCredentialUses(services, grant, id);
        if (options['json'] === true) {
          printJson(usageAsJson(usage));
          return;
        }
        for (const { operation, targetName, outcome, address, agent, count, lastAt } of usage.uses) {
          const place = address === '' ? 'several places' : `${address} ${agent}`.trim();
          const said = [
            operation,
            targetName ?? '-',
            outcome,
            place,
            `${count} times`,
            `last ${instant(lastAt)}`,
          ];
          print(said.join('  '));
        }
        if (usage.uses.length === 0) print('No use is on record.');
        else if (usage.unneeded.length > 0) print(`Nothing of this needed: ${usage.unneeded.join(' ')}`);
      }),
    );

const replace = (): Command =>
  withOverlap(new Command('replace'))
    .description(
      'Give an app password, API token or access token a successor with the same scopes and bounds, acting as the same bot. The new secret alone goes to standard output, and is not shown again.',
    )
    .argument('<id>', 'public id, cred_…')
    .option(
      '--expires <date>',
      'last moment of the new one, such as 2027-03-31 or 2027-03-31T12:00Z (default: as long from now as the one before was made for)',
    )
    .option('--json', 'print the public id and when both end, too, as JSON')
    .action(async (id: string, options: Record<string, unknown>) => {
      refuseUnseen();
      const expiresAt =
        typeof options['expires'] === 'string' ? moment(options['expires'], 'end') : undefined;
      await operate(settingsOf(options), async (services) => {
        const grant = await enterAsOperator(services, 'credential.rotate', [{ type: 'host' }]);
        const successor = await replaceCredential(services, grant, id, {
          overlapDays: overlapOf(options),
          ...(expiresAt !== undefined && { expiresAt }),
        }).catch(namingExpires);
        const secret = successor.secret.reveal();
        const shown =
          options['json'] === true
            ? json({
                id: successor.id,
                secret,
                expires_at: instant(successor.expiresAt),
                replaces: id,
                earlier_ends_at: instant(successor.earlierEndsAt),
              })
            : secret;
        await showOnce(
          shown,
          successor.id,
          async () =>
            `${successor.id} took the place of ${id} and nobody has its secret, so replace that one: latchkey credential replace ${successor.id}`,
        );
      });
    });

const pause = (): Command =>
  new Command('pause')
    .description(
      'Have a credential open nothing until it is resumed, with an OAuth token its whole family. It keeps its history, and ends when it was to end.',
    )
    .argument('<id>', 'public id, cred_…')
    .option('--json', 'as JSON')
    .action(async (id: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        await pauseCredential(
          services,
          await enterAsOperator(services, 'credential.pause', [{ type: 'host' }]),
          id,
        );
        if (options['json'] === true) printJson({ id, paused: true });
        else print(`Paused ${id}.`);
      }),
    );

const resume = (): Command =>
  new Command('resume')
    .description('Let a paused credential go on, from the next request with it on.')
    .argument('<id>', 'public id, cred_…')
    .option('--json', 'as JSON')
    .action(async (id: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        await resumeCredential(
          services,
          await enterAsOperator(services, 'credential.resume', [{ type: 'host' }]),
          id,
        );
        if (options['json'] === true) printJson({ id, paused: false });
        else print(`Resumed ${id}.`);
      }),
    );

const revoke = (): Command =>
  new Command('revoke')
    .description('Revoke a credential for good. The next request with it is refused.')
    .argument('<id>', 'public id, cred_…')
    .action(async (id: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        await revokeCredential(
          services,
          await enterAsOperator(services, 'credential.revoke', [{ type: 'host' }]),
          id,
        );
        print(`Revoked ${id}.`);
      }),
    );

const usageAsJson = ({ uses: list, days, unneeded }: Usage): Record<string, unknown> => ({
  uses: list.map((use) => ({
    operation: use.operation,
    target: use.targetName ?? null,
    outcome: use.outcome,
    address: use.address,
    agent: use.agent,
    count: use.count,
    first_at: instant(use.firstAt),
    last_at: instant(use.lastAt),
  })),
  days: days.map(({ at, admitted, refused }) => ({ day: instant(at)?.slice(0, 10), admitted, refused })),
  unneeded_scopes: unneeded,
});

const asJson = (credential: Credential, owner: NamedOwner | undefined): Record<string, unknown> => ({
  id: credential.id,
  kind: credential.kind,
  derived_from: credential.derivedFrom,
  label: credential.label,
  scopes: credential.scopes,
  bounds: credential.bounds.map((bound) => describeBound(bound)),
  state: standingOf(credential),
  owner,
  created_at: instant(credential.createdAt),
  not_before: instant(credential.notBefore),
  expires_at: instant(credential.expiresAt),
  retires_at: instant(credential.retiresAt),
  last_used_at: instant(credential.lastUsedAt),
  paused_at: instant(credential.pausedAt),
  revoked_at: instant(credential.revokedAt),
  app_user: credential.appUser && {
    id: credential.appUser.id,
    account_id: credential.appUser.accountId,
    display_name: credential.appUser.displayName,
  },
});

/** "jane", "team/app", "project team/LIBS", "workspace team". */
const ownerInWords = ({ type, id, name }: NamedOwner): string => {
  const named = name ?? `{${id}}`;
  return type === 'project' || type === 'workspace' || type === 'consumer' ? `${type} ${named}` : named;
};

const asLine = (
  credential: Credential,
  owner: NamedOwner | undefined,
  boundWords: readonly string[],
): string => {
  const { id, kind, label, scopes, derivedFrom, lastUsedAt } = credential;
  return [
    id,
    standingOf(credential).padEnd(8),
    CREDENTIAL_KINDS[kind].title,
    JSON.stringify(label),
    ...(owner === undefined ? [] : [`of ${ownerInWords(owner)}`]),
    ...(derivedFrom === null ? [] : [`derived from ${derivedFrom}`]),
    scopes.join(' '),
    ...boundWords,
    `ends: ${instant(endOf(credential)) ?? 'never'}`,
    `last used: ${instant(lastUsedAt) ?? 'never'}`,
  ].join('  ');
};
