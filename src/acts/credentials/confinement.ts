import { chooseBounds, type BoundsInput } from '../../credentials/index.ts';
import { accountOf, type Bound, type PrincipalData } from '../../gate/index.ts';
import { findProject, repositoryFacts, workspaceFacts } from '../../hosting/index.ts';
import { invalid } from '../../problem.ts';
import type { Services } from '../../services.ts';

/** Bounds as people write them: by name. `WS`, `WS/KEY` and `WS/SLUG`. */
export interface Confinement extends Omit<BoundsInput, 'workspaces' | 'projects' | 'repositories'> {
  readonly workspaceNames?: readonly string[];
  readonly projectNames?: readonly string[];
  readonly repositoryNames?: readonly string[];
}

/**
 * One layer of bounds with names turned into ids. Throws `Problem` for what cannot be judged later, and for a name that
 * whoever asks cannot see, which is no other than one that does not exist.
 */
export async function confine(
  services: Services,
  asker: PrincipalData,
  wanted: Confinement,
): Promise<readonly Bound[]> {
  const accountId = accountOf(asker)?.id ?? null;
  const seesEverything = asker.type === 'operator';

  const workspaceNamed = async (name: string): Promise<string> => {
    const facts = await workspaceFacts(services.database, name, accountId);
    if (facts === null || !(seesEverything || facts.membership !== null || facts.showsRepository)) {
      throw invalid('workspace', `There is no workspace "${name}".`);
    }
    return facts.id;
  };
  const projectNamed = async (name: string): Promise<string> => {
    const [workspace = '', key = '', ...rest] = name.split('/');
    const project =
      rest.length > 0
        ? undefined
        : await findProject(services.database, await workspaceNamed(workspace), key);
    if (project === undefined)
      throw invalid('project', `There is no project "${name}": write WORKSPACE/KEY.`);
    return project.id;
  };
  const repositoryNamed = async (name: string): Promise<string> => {
    const [workspace = '', repository = '', ...rest] = name.split('/');
    const facts =
      rest.length > 0 ? null : await repositoryFacts(services.database, { workspace, repository }, accountId);
    if (facts === null || !(seesEverything || facts.role !== null || !facts.isPrivate)) {
      throw invalid('repository', `There is no repository "${name}": write WORKSPACE/NAME.`);
    }
    return facts.id;
  };

  const { workspaceNames = [], projectNames = [], repositoryNames = [], ...rest } = wanted;
  return chooseBounds({
    ...rest,
    workspaces: await each(workspaceNames, workspaceNamed),
    projects: await each(projectNames, projectNamed),
    repositories: await each(repositoryNames, repositoryNamed),
  });
}

async function each(names: readonly string[], resolve: (name: string) => Promise<string>): Promise<string[]> {
  const ids: string[] = [];
  for (const name of names) ids.push(await resolve(name));
  return ids;
}
