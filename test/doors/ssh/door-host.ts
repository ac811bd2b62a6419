import { addAccessKey } from '../../../src/acts/keys/access-keys.ts';
import { addSshKey, type KeyInput } from '../../../src/acts/keys/ssh-keys.ts';
import { createRepository } from '../../../src/acts/repositories/create.ts';
import { openSshDoor } from '../../../src/doors/ssh/index.ts';
import { LIMITS, type Limits } from '../../../src/doors/ssh/limits.ts';
import { enterAsOperator } from '../../../src/entry/index.ts';
import { at, openHost, type TestHost } from '../../acts/host.ts';
import { atEndOfFile } from '../../support/cleanup.ts';
import { freePort } from '../../support/free-port.ts';

/** The SSH door alone, in this process, on a free port: with a clock that the test moves, and limits as wished. */
export interface DoorHost {
  readonly host: TestHost;
  /** `ssh://git@HOST:PORT`. */
  readonly ssh: string;
  readonly port: number;
  sshKey(user: string, publicKey: string, input?: Partial<KeyInput>): Promise<string>;
  accessKey(path: string, publicKey: string, role?: 'read' | 'write'): Promise<string>;
}

/**
 * `acme` is ada's; bob may read `acme/app`; eve is nobody there. `acme/app` and `acme/secret` are private, `acme/open` is
 * public and has no wiki.
 */
export async function openDoor(
  kind: 'sqlite' | 'postgres',
  limits: Partial<Limits> = {},
): Promise<DoorHost & { readonly appId: string }> {
  const host = await openHost(kind);
  host.now = Date.now();
  const { services } = host;
  await host.person('ada');
  const bob = await host.person('bob');
  await host.person('eve');
  await host.workspace('acme', 'ada');
  const make = async (slug: string, input: { isPrivate: boolean; hasWiki: boolean }) => {
    const grant = await enterAsOperator(services, 'repository.create', [
      { type: 'workspace', workspace: 'acme' },
    ]);
    return (await createRepository(services, grant, { slug, ...input })).id;
  };
  const appId = await make('app', { isPrivate: true, hasWiki: true });
  await make('secret', { isPrivate: true, hasWiki: true });
  await make('open', { isPrivate: false, hasWiki: false });
  await host.role(appId, bob, 'read');

  const door = openSshDoor(services, { ...LIMITS, ...limits });
  if (door === null) throw new Error('SSH is off.');
  const port = await freePort();
  await door.listen('127.0.0.1', port);
  atEndOfFile(async () => {
    door.closeAllConnections();
    await door.stop();
  });
  return {
    host,
    appId,
    port,
    ssh: `ssh://git@127.0.0.1:${port}`,
    async sshKey(user, publicKey, input = {}) {
      const grant = await enterAsOperator(services, 'ssh_key.add', [{ type: 'account', account: user }]);
      return (await addSshKey(services, grant, { publicKey, label: 'test', ...input })).id;
    },
    async accessKey(path, publicKey, role = 'read') {
      const grant = await enterAsOperator(services, 'access_key.add', [at(path)]);
      return (await addAccessKey(services, grant, { publicKey, label: 'test', role })).credentialId;
    },
  };
}
