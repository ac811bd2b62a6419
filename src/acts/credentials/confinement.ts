import { chooseBounds, type BoundsInput } from '../../credentials/index.ts';
import { accountOf, CREDENTIAL_KINDS, type Bound, type PrincipalData } from '../../gate/index.ts';
import { findProject, repositoryFacts, workspaceFacts } from '../../hosting/index.ts';
import { invalid } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { overlap, type Location } from './location.ts';
import type { TokenPlace } from './token-place.ts';

/** Bounds as people write them: by name. `WS`, `WS/KEY` and `WS/SLUG`. */
export interface Confinement extends Omit<BoundsInput, 'workspaces' | 'projects' | 'repositories'> {
  readonly workspaceNames?: readonly string[];
  readonly projectNames?: readonly string[];
  readonly repositoryNames?: readonly string[];
}

/**
 * One layer of bounds with names turned into ids. Throws `Problem` for what cannot be judged later, for a name that
 * whoever asks cannot see, which is no other than one that does not exist, and for one outside of the place that the token
 * belongs to: it would open nothing there.
 */
export async function confine(
  services: Services,
  asker: PrincipalData,
  wanted: Confinement,
  /** What an access token belongs to; keys of people belong nowhere. */
  place?: TokenPlace,
): Promise<readonly Bound[]> {
  const accountId = accountOf(asker)?.id ?? null;
  const seesEverything = asker.type === 'operator';

  const refuseOutside = (field: string, name: string, there: Location): void => {
    if (place === undefined || overlap(place.opens, there)) return;
    const { type } = place.owner;
    throw invalid(
      field,
      `"${name}" lies outside of the ${type} that this token belongs to, and a ${CREDENTIAL_KINDS[place.kind].title} opens nothing beyond that: ${
        type === 'repository' ? 'leave it out' : `name only what lies in the ${type}`
      }.`,
    );
  };
  const workspaceNamed = async (name: string): Promise<string> => {
    const facts = await workspaceFacts(services.database, name, accountId);
    if (facts === null || !(seesEverything || facts.membership !== null || facts.showsRepository)) {
      throw invalid('workspace', `There is no workspace "${name}".`);
    }
    return facts.id;
  };
  const wholeWorkspace = async (name: string): Promise<string> => {
    const id = await workspaceNamed(name);
    refuseOutside('workspace', name, { workspace: id });
    return id;
  };
  const projectNamed = async (name: string): Promise<string> => {
    const [workspace = '', key = '', ...rest] = name.split('/');
    const unread = rest.length > 0;
    const workspaceId = unread ? '' : await workspaceNamed(workspace);
    const project = unread ? undefined : await findProject(services.database, workspaceId, key);
    if (project === undefined)
      throw invalid('project', `There is no project "${name}": write WORKSPACE/KEY.`);
    refuseOutside('project', name, { workspace: workspaceId, project: project.id });
    return project.id;
  };
  const repositoryNamed = async (name: string): Promise<string> => {
    const [workspace = '', repository = '', ...rest] = name.split('/');
    const facts =
      rest.length > 0 ? null : await repositoryFacts(services.database, { workspace, repository }, accountId);
    if (facts === null || !(seesEverything || facts.role !== null || !facts.isPrivate)) {
      throw invalid('repository', `There is no repository "${name}": write WORKSPACE/NAME.`);
    }
    const { id, projectId, workspace: holder } = facts;
    refuseOutside('repository', name, { workspace: holder.id, project: projectId, repository: id });
    return id;
  };

  const { workspaceNames = [], projectNames = [], repositoryNames = [], ...rest } = wanted;
  return chooseBounds({
    ...rest,
    workspaces: await each(workspaceNames, wholeWorkspace),
    projects: await each(projectNames, projectNamed),
    repositories: await each(repositoryNames, repositoryNamed),
  });
}

async function each(names: readonly string[], resolve: (name: string) => Promise<string>): Promise<string[]> {
  const ids: string[] = [];
  for (const name of names) ids.push(await resolve(name));
  return ids;
}
