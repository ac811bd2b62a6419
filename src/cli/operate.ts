import { revokeCredential } from '../acts/credentials/revoke.ts';
import type { Settings } from '../config.ts';
import { enterAsOperator } from '../entry/index.ts';
import { Problem } from '../problem.ts';
import { publicUrlOf, refuseOtherUser, refuseSecondDatabase, requireHost } from './data-folder.ts';
import { openServices, type Services } from '../services.ts';

type Work<Result> = (services: Services) => Promise<Result>;

/**
 * Opens the services for one verb of the command line, beside a running server if there is one, and closes them after it.
 * Throws `Problem` where no host is.
 */
export async function operate<Result>(settings: Settings, work: Work<Result>): Promise<Result> {
  refuseOtherUser(settings.data);
  requireHost(settings);
  return whileOpen(settings, work);
}

/** The same for a verb that may come before the first start. */
export async function beginOrOperate<Result>(settings: Settings, work: Work<Result>): Promise<Result> {
  refuseOtherUser(settings.data);
  await refuseSecondDatabase(settings);
  return whileOpen(settings, work);
}

async function whileOpen<Result>(settings: Settings, work: Work<Result>): Promise<Result> {
  const services = await openServices(settings, publicUrlOf(settings));
  try {
    return await work(services);
  } finally {
    await services.close();
  }
}

/** `WORKSPACE/REPOSITORY` as written on the command line. */
export function repositoryNamed(name: string): { readonly workspace: string; readonly repository: string } {
  const [workspace, repository, ...rest] = name.split('/');
  if (!workspace || !repository || rest.length > 0) {
    throw new Problem(
      'invalid',
      `Write the repository as WORKSPACE/REPOSITORY; "${name}" is not of that form.`,
    );
  }
  return { workspace, repository };
}

/** `WORKSPACE/KEY` of a project, likewise. */
export function projectNamed(name: string): { readonly workspace: string; readonly project: string } {
  const [workspace, project, ...rest] = name.split('/');
  if (!workspace || !project || rest.length > 0) {
    throw new Problem('invalid', `Write the project as WORKSPACE/KEY; "${name}" is not of that form.`);
  }
  return { workspace, project };
}

export const print = (line: string): void => void process.stdout.write(`${line}\n`);

export const printJson = (value: unknown): void => print(json(value));

/** As everything is printed that is asked for as one JSON value. */
export const json = (value: unknown): string => JSON.stringify(value, null, 2);

/** For a secret that was made and that nobody has; see `showOnce`. */
export async function revokeUnseen(services: Services, id: string): Promise<string> {
  await revokeCredential(
    services,
    await enterAsOperator(services, 'credential.revoke', [{ type: 'host' }]),
    id,
  );
  return `${id} was revoked again`;
}
