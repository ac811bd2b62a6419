import { changeRepository, type RepositoryChanges } from '../../src/acts/repositories/change.ts';
import { readSettings } from '../../src/config.ts';
import { enterAsOperator } from '../../src/entry/index.ts';
import type { Grant, OperationName } from '../../src/gate/index.ts';
import { openServices, type Services } from '../../src/services.ts';
import type { TestServer } from '../support/server.ts';

/** What the command line has no verb for, done beside the running server as the command line does it. SQLite only. */
export async function asOperator<Op extends OperationName, Result>(
  server: TestServer,
  operation: Op,
  path: string,
  act: (services: Services, grant: Grant<Op>) => Promise<Result>,
): Promise<Result> {
  const [workspace = '', repository = ''] = path.split('/');
  const services = await openServices(readSettings({ data: server.data }, {}), server.url);
  try {
    const target = { type: 'repository', workspace, repository } as const;
    return await act(services, await enterAsOperator(services, operation, [target]));
  } finally {
    await services.close();
  }
}

export const change = (server: TestServer, path: string, changes: RepositoryChanges) =>
  asOperator(server, 'repository.update', path, (services, grant) =>
    changeRepository(services, grant, changes),
  );
