import type { AccessTokenKind, Grant } from '../../gate/index.ts';
import {
  findProject,
  findWorkspace,
  holdRepository,
  projectById,
  repositoryById,
} from '../../hosting/index.ts';
import { Problem } from '../../problem.ts';
import type { Handle } from '../../store/handle.ts';
import type { Location } from './location.ts';

/** What is done with access tokens. */
export type TokenVerb = 'list' | 'create' | 'revoke' | 'narrow' | 'rotate' | 'pause' | 'resume' | 'explain';

/** A grant to manage the access tokens of a repository, or of a workspace and its projects. */
export type TokenGrant<Verb extends TokenVerb> =
  | Grant<`access_token.${Verb}`>
  | Grant<`workspace_access_token.${Verb}`>;

export type RepositoryTokenGrant =
  | { [Verb in TokenVerb]: Grant<`access_token.${Verb}`> }[TokenVerb]
  | Grant<'trust_policy.create'>;
export type WorkspaceTokenGrant = { [Verb in TokenVerb]: Grant<`workspace_access_token.${Verb}`> }[TokenVerb];
export type AnyTokenGrant = RepositoryTokenGrant | WorkspaceTokenGrant;

export const isOfRepository = (grant: AnyTokenGrant): grant is RepositoryTokenGrant =>
  grant.everyTarget[0]?.type === 'repository';

export const isOfWorkspace = (grant: AnyTokenGrant): grant is WorkspaceTokenGrant => !isOfRepository(grant);

const KINDS = {
  repository: 'repository_access_token',
  project: 'project_access_token',
  workspace: 'workspace_access_token',
} as const satisfies Record<string, AccessTokenKind>;

/** The kind of those that belong to this. */
export const kindOfTokens = ({ type }: TokenOwner): AccessTokenKind => KINDS[type];

/** What access tokens belong to. */
export interface TokenOwner {
  readonly type: keyof typeof KINDS;
  readonly id: string;
}

export const isTokenOwner = (owner: { readonly type: string; readonly id: string }): owner is TokenOwner =>
  Object.hasOwn(KINDS, owner.type);

/** Something that access tokens belong to, with the names on the way to it. */
export interface TokenPlace {
  readonly owner: TokenOwner;
  readonly kind: AccessTokenKind;
  readonly workspaceId: string;
  /** All that its tokens can ever open. */
  readonly opens: Location;
  /** "the repository team/app", "the project LIBS of team", "the workspace team". */
  readonly called: string;
  /** Address of the page of its access tokens. */
  readonly path: string;
}

/**
 * Whose access tokens are meant: the grant's repository, its workspace, or a project of that, by key or `{uuid}`. Throws
 * `Problem` where there is no such project.
 */
export async function tokenOwnerOf(db: Handle, grant: AnyTokenGrant, project?: string): Promise<TokenOwner> {
  if (isOfRepository(grant)) return { type: 'repository', id: grant.targets[0].id };
  const [{ id }] = grant.targets;
  if (project === undefined) return { type: 'workspace', id };
  const found = await findProject(db, id, project);
  if (found === undefined)
    throw new Problem('not_found', `There is no project "${project}" in this workspace.`);
  return { type: 'project', id: found.id };
}

/** Undefined where it is gone. */
export async function tokenPlaceOf(db: Handle, owner: TokenOwner): Promise<TokenPlace | undefined> {
  const { type, id } = owner;
  const kind = kindOfTokens(owner);
  if (type === 'repository') {
    const repository = await repositoryById(db, id);
    if (repository === undefined) return undefined;
    const { slug, workspace, project } = repository;
    return {
      owner,
      kind,
      workspaceId: workspace.id,
      opens: { workspace: workspace.id, project: project.id, repository: id },
      called: `the repository ${workspace.slug}/${slug}`,
      path: `/${workspace.slug}/${slug}/settings/access-tokens`,
    };
  }
  const project = type === 'project' ? await projectById(db, id) : undefined;
  if (type === 'project' && project === undefined) return undefined;
  const workspace = await findWorkspace(db, `{${project?.workspaceId ?? id}}`);
  if (workspace === undefined) return undefined;
  const below = project === undefined ? '' : `/projects/${project.key}`;
  return {
    owner,
    kind,
    workspaceId: workspace.id,
    opens: { workspace: workspace.id, ...(project !== undefined && { project: id }) },
    called:
      project === undefined
        ? `the workspace ${workspace.slug}`
        : `the project ${project.key} of ${workspace.slug}`,
    path: `/${workspace.slug}/-${below}/access-tokens`,
  };
}

/** Keeps a repository where it is until the transaction ends; projects and workspaces stay. Throws `Problem` (`conflict`) where it went meanwhile. */
export async function holdPlace(
  trx: Handle,
  { owner, workspaceId }: Pick<TokenPlace, 'owner' | 'workspaceId'>,
): Promise<void> {
  if (owner.type === 'repository')
    await holdRepository(trx, { id: owner.id, workspace: { id: workspaceId } });
}

/** Whether the workspace lets tokens live without an end. */
export const mayLiveForever = async (db: Handle, workspaceId: string): Promise<boolean> =>
  (await findWorkspace(db, `{${workspaceId}}`))?.tokensMayLiveForever === true;

/** Whether what has this owner is among the tokens that the grant manages: knowing an id is never enough. */
export async function isAmongTokens(
  db: Handle,
  grant: AnyTokenGrant,
  owner: { readonly type: string; readonly id: string },
): Promise<boolean> {
  const [target] = grant.everyTarget;
  if (owner.type !== 'project')
    return target?.type === owner.type && 'id' in target && target.id === owner.id;
  return target?.type === 'workspace' && (await projectById(db, owner.id))?.workspaceId === target.id;
}
