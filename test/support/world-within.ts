import { randomBytes } from 'node:crypto';
import { createAccount } from '../../src/acts/accounts/create.ts';
import { createAccessToken } from '../../src/acts/credentials/create-access-token.ts';
import { createPersonalCredential } from '../../src/acts/credentials/create-personal.ts';
import { revokeCredential } from '../../src/acts/credentials/revoke.ts';
import { createRepository } from '../../src/acts/repositories/create.ts';
import { createWorkspace } from '../../src/acts/workspaces/workspaces.ts';
import { enterAsOperator } from '../../src/entry/index.ts';
import type { OperationName, TargetReference } from '../../src/gate/index.ts';
import type { Services } from '../../src/services.ts';
import type { TestServer } from './server.ts';
import { world, type World } from './world.ts';

/**
 * The same world by the acts that the verbs call, on services opened beside the running server: a process for each verb
 * costs a second, and tests of the verbs themselves are elsewhere. What is not below still goes by the command line.
 */
export function worldWithin(services: Services, server: TestServer): World {
  const outside = world(server);
  const grant = <Op extends OperationName>(operation: Op, ...targets: readonly TargetReference[]) =>
    enterAsOperator(services, operation, targets);
  const inside: World = {
    ...outside,
    async account(name, { admin = false, displayName = name } = {}) {
      const person = { name, email: `${name}@example.org`, password: randomBytes(12).toString('base64url') };
      await createAccount(services, await grant('account.create', { type: 'host' }), {
        username: name,
        email: person.email,
        displayName,
        password: person.password,
        isAdministrator: admin,
        mustChangePassword: false,
      });
      return person;
    },
    async workspace(slug, owner) {
      const onHost = await grant('workspace.create', { type: 'host' });
      await createWorkspace(services, onHost, { slug, name: slug, owner });
    },
    async repository(path, options = {}) {
      const { workspace, repository } = parts(path);
      await createRepository(services, await grant('repository.create', { type: 'workspace', workspace }), {
        slug: repository,
        isPrivate: options.public !== true,
        ...(options.import !== undefined && { importFrom: options.import }),
      });
    },
    async appPassword(user, scopes, label = 'test') {
      const own = await grant('app_password.create', { type: 'account', account: user });
      const made = await createPersonalCredential(services, own, {
        label,
        scopes,
        notBefore: null,
        expiresAt: null,
        confinement: {},
      });
      return made.secret.reveal();
    },
    async accessToken(path, scopes, { name = 'test', expires } = {}) {
      const itself = await grant('access_token.create', { type: 'repository', ...parts(path) });
      const made = await createAccessToken(services, itself, {
        name,
        scopes,
        notBefore: null,
        expiresAt: expires === undefined ? null : Date.parse(expires),
        confinement: {},
      });
      return made.secret.reveal();
    },
    async revoke(id) {
      await revokeCredential(services, await grant('credential.revoke', { type: 'host' }), id);
    },
    async usual() {
      const ada = await inside.account('ada');
      await inside.workspace('acme', 'ada');
      await inside.repository('acme/app');
      const secret = await inside.appPassword('ada', ['repository:write']);
      return { ada, workspace: 'acme', repository: 'acme/app', secret };
    },
  };
  return inside;
}

function parts(path: string): { readonly workspace: string; readonly repository: string } {
  const [workspace = '', repository = ''] = path.split('/');
  return { workspace, repository };
}
