import { examinePerson } from '../../entry/examine.ts';
import type { Services } from '../../services.ts';

/** Which of these people could read the pull requests of a repository on its pages now. */
export async function readersAmong(
  services: Services,
  accountIds: readonly string[],
  repositoryId: string,
): Promise<ReadonlySet<string>> {
  const now = services.clock();
  const question = {
    operation: 'pull_request.read',
    targets: [{ type: 'repository', workspace: '{}', repository: `{${repositoryId}}` }],
  } as const;
  const readers = new Set<string>();
  for (const id of accountIds)
    if ((await examinePerson(services, id, question, now))?.allowed === true) readers.add(id);
  return readers;
}
