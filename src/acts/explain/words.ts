import {
  accountOf,
  describeBound,
  givenRole,
  type CredentialPrincipal,
  type HeldBound,
  type PrincipalData,
  type TargetType,
} from '../../gate/index.ts';
import { projectById, repositoryFacts, workspaceFacts } from '../../hosting/index.ts';
import type { Services } from '../../services.ts';

/**
 * Bounds in plain words, with the names of repositories, projects and workspaces that the reader may see; the rest stay ids. The
 * reader is whoever reads the answer: for the operator, every name.
 */
export async function boundsInWords(
  services: Services,
  bounds: readonly HeldBound[],
  reader: PrincipalData,
): Promise<string[]> {
  const names = new Map<string, string>();
  for (const bound of bounds) {
    if (bound.kind !== 'repositories') continue;
    for (const id of bound.repositories) {
      const name = await repositoryName(services, id, reader);
      if (name !== undefined) names.set(id, name);
    }
    for (const id of bound.projects) {
      const name = await projectName(services, id, reader);
      if (name !== undefined) names.set(id, name);
    }
    for (const id of bound.workspaces) {
      const name = await workspaceName(services, id, reader);
      if (name !== undefined) names.set(id, name);
    }
  }
  return bounds.map((bound) => describeBound(bound, (id) => names.get(id) ?? `{${id}}`));
}

async function repositoryName(
  services: Services,
  id: string,
  reader: PrincipalData,
): Promise<string | undefined> {
  const accountId = accountOf(reader)?.id ?? null;
  const facts = await repositoryFacts(
    services.database,
    { workspace: '{}', repository: `{${id}}` },
    accountId,
  );
  if (facts === null) return undefined;
  const owner = reader.type === 'credential' ? reader.owner : null;
  const own = owner !== null && givenRole(reader, facts) !== null;
  const seen = reader.type === 'operator' || own || facts.role !== null || !facts.isPrivate;
  return seen ? `${facts.workspace.slug}/${facts.slug}` : undefined;
}

async function projectName(
  services: Services,
  id: string,
  reader: PrincipalData,
): Promise<string | undefined> {
  const project = await projectById(services.database, id);
  const workspace =
    project === undefined ? undefined : await workspaceName(services, project.workspaceId, reader);
  return project === undefined || workspace === undefined ? undefined : `${workspace}/${project.key}`;
}

async function workspaceName(
  services: Services,
  id: string,
  reader: PrincipalData,
): Promise<string | undefined> {
  const facts = await workspaceFacts(services.database, `{${id}}`, accountOf(reader)?.id ?? null);
  if (facts === null) return undefined;
  const own =
    reader.type === 'credential' && 'workspaceId' in reader.owner && reader.owner.workspaceId === id;
  const seen = reader.type === 'operator' || own || facts.membership !== null || facts.showsRepository;
  return seen ? facts.slug : undefined;
}

/** What a target is called, where the reader may see it. */
export async function targetName(
  services: Services,
  on: TargetType,
  id: string,
  reader: PrincipalData,
): Promise<string | undefined> {
  if (on === 'repository') return repositoryName(services, id, reader);
  return on === 'workspace' ? workspaceName(services, id, reader) : undefined;
}

/** Uses and pushes that are left, null where they are not counted. */
export function remaining(principal: CredentialPrincipal): {
  readonly uses: number | null;
  readonly pushes: number | null;
} {
  const left = (kind: 'uses' | 'pushes'): number | null => {
    const counts = principal.bounds.flatMap((bound) =>
      bound.kind === kind && 'limit' in bound ? [Math.max(0, bound.limit - bound.used)] : [],
    );
    return counts.length === 0 ? null : Math.min(...counts);
  };
  return { uses: left('uses'), pushes: left('pushes') };
}
