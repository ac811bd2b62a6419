import { Command } from 'commander';
import {
  keyNumbered,
  listAccessKeys,
  listProjectAccessKeys,
  type ListedAccessKey,
} from '../acts/keys/access-key-list.ts';
import {
  addAccessKey,
  addProjectAccessKey,
  revokeAccessKey,
  revokeProjectAccessKey,
} from '../acts/keys/access-keys.ts';
import { revokeCredential } from '../acts/credentials/revoke.ts';
import { enterAsOperator } from '../entry/index.ts';
import type { Services } from '../services.ts';
import { confinementOf, withConfinement } from './confinement.ts';
import { requireProject } from './known-project.ts';
import { instant, moment } from './moment.ts';
import { operate, print, printJson, repositoryNamed } from './operate.ts';
import { secretFromInput } from './secret-input.ts';
import { settingsOf } from './settings.ts';

export const accessKeyCommand = (): Command =>
  new Command('access-key')
    .description('Access keys: SSH keys of machines, which open repositories and belong to nobody.')
    .addCommand(add())
    .addCommand(list())
    .addCommand(revoke());

const PLACE = 'WORKSPACE/NAME; with --for-project, WORKSPACE/KEY';
const FOR_PROJECT = 'the place is a project: all its repositories, those to come included';

const add = (): Command =>
  withConfinement(
    new Command('add')
      .description(
        'Let an SSH key into a repository. It reads, unless told to write. The public key is read from standard input.',
      )
      .argument('<place>', PLACE)
      .option('--label <label>', 'what uses the key (default: its comment)')
      .option('--write', 'may push, too')
      .option('--for-project', FOR_PROJECT)
      .option('--expires <date>', 'last moment here, such as 2027-03-31 or 2027-03-31T12:00Z (default: none)')
      .option('--json', 'as JSON'),
  )
    .addHelpText(
      'after',
      "\nExamples:\n  latchkey access-key add team/app --label deploy < deploy.pub\n  latchkey access-key add team/app --label release --write --ref 'refs/tags/v*:create' < release.pub\n  latchkey access-key add team/LIBS --for-project --label mirror < mirror.pub\n\nOne key may be let into several repositories and projects, each with a label and a role of its own.\nWhat confines a key (--ref, --from and the like) is said when it is first added.",
    )
    .action(async (place: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        const at = await placeOf(services, place, options['forProject'] === true);
        const { number, credentialId, fingerprint } = await at.add({
          publicKey: await secretFromInput('public key'),
          label: typeof options['label'] === 'string' ? options['label'] : '',
          role: options['write'] === true ? 'write' : 'read',
          expiresAt: typeof options['expires'] === 'string' ? moment(options['expires'], 'end') : null,
          confinement: confinementOf(options),
        });
        if (options['json'] === true) printJson({ number, id: credentialId, fingerprint });
        else print(`Added ${fingerprint} as access key ${number} of ${place} (${credentialId}).`);
      }),
    );

const list = (): Command =>
  new Command('list')
    .description('List the access keys of a repository or project, newest first.')
    .argument('<place>', PLACE)
    .option('--for-project', FOR_PROJECT)
    .option('--json', 'as JSON')
    .action(async (place: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        const keys = await (await placeOf(services, place, options['forProject'] === true)).list();
        if (options['json'] === true) printJson(keys.map(asJson));
        else for (const key of keys) print(asLine(key));
      }),
    );

const revoke = (): Command =>
  new Command('revoke')
    .description(
      'Take an access key away from a repository or project; with --everywhere, from all of them. The next connection with it is refused.',
    )
    .argument('<place>', PLACE)
    .argument('<number>', 'number of the key there, as listed')
    .option('--for-project', FOR_PROJECT)
    .option('--everywhere', 'revoke the key for good, wherever it was let in')
    .action(async (place: string, number: string, options: Record<string, unknown>) =>
      operate(settingsOf(options), async (services) => {
        const at = await placeOf(services, place, options['forProject'] === true);
        if (options['everywhere'] === true) {
          const key = keyNumbered(await at.list(), number);
          const grant = await enterAsOperator(services, 'credential.revoke', [{ type: 'host' }]);
          await revokeCredential(services, grant, key.credentialId);
          print(`Revoked ${key.credentialId} everywhere.`);
          return;
        }
        await at.revoke(number);
        print(`Took access key ${number} away from ${place}.`);
      }),
    );

/** The three acts on a repository, or on a project, by its name on the command line. */
async function placeOf(services: Services, name: string, isProject: boolean) {
  const { workspace, repository } = repositoryNamed(name);
  if (!isProject) {
    const target = [{ type: 'repository', workspace, repository }] as const;
    return {
      add: async (input: Parameters<typeof addAccessKey>[2]) =>
        addAccessKey(services, await enterAsOperator(services, 'access_key.add', target), input),
      list: async () => listAccessKeys(services, await enterAsOperator(services, 'access_key.list', target)),
      revoke: async (number: string) =>
        revokeAccessKey(services, await enterAsOperator(services, 'access_key.revoke', target), number),
    };
  }
  await requireProject(services, { workspace, project: repository });
  const target = [{ type: 'workspace', workspace }] as const;
  return {
    add: async (input: Parameters<typeof addProjectAccessKey>[3]) => {
      const grant = await enterAsOperator(services, 'project_access_key.add', target);
      return addProjectAccessKey(services, grant, repository, input);
    },
    list: async () => {
      const grant = await enterAsOperator(services, 'project_access_key.list', target);
      return listProjectAccessKeys(services, grant, repository);
    },
    revoke: async (number: string) => {
      const grant = await enterAsOperator(services, 'project_access_key.revoke', target);
      return revokeProjectAccessKey(services, grant, repository, number);
    },
  };
}

const asJson = (listed: ListedAccessKey) => ({
  number: listed.id,
  id: listed.credentialId,
  label: listed.label,
  may: listed.role,
  type: listed.key.type,
  fingerprint: listed.key.fingerprint,
  public_key: listed.key.publicKey,
  comment: listed.key.comment,
  bounds: listed.boundWords,
  places: listed.placeCount,
  state: listed.state,
  created_at: instant(listed.createdAt),
  expires_at: instant(listed.expiresAt),
  last_used_at: instant(listed.lastUsedAt),
});

const asLine = (listed: ListedAccessKey): string =>
  [
    listed.id,
    listed.state.padEnd(7),
    listed.role.padEnd(5),
    listed.key.type,
    listed.key.fingerprint,
    JSON.stringify(listed.label),
    listed.credentialId,
    ...listed.boundWords,
    listed.placeCount === 1 ? 'here alone' : `in ${listed.placeCount} places`,
    `ends: ${instant(listed.expiresAt) ?? 'never'}`,
    `last used: ${instant(listed.lastUsedAt) ?? 'never'}`,
  ].join('  ');
