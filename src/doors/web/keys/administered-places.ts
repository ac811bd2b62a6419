import type { FastifyRequest } from 'fastify';
import { revokeAccessKey, revokeProjectAccessKey } from '../../../acts/keys/access-keys.ts';
import { viewProject } from '../../../acts/workspaces/projects.ts';
import { Refused } from '../../../gate/index.ts';
import { Problem } from '../../../problem.ts';
import type { Services } from '../../../services.ts';
import { enterAlso } from '../enter-also.ts';
import { projectKeysPath } from '../places.ts';
import { linksOf } from '../repositories/links.ts';

/** A place that an access key opens, by id. */
export interface PlaceOfKey {
  readonly on: 'repository' | 'project';
  readonly id: string;
  readonly workspaceId: string;
  readonly number: number;
}

/** One that whoever looks may take the key away from. */
export interface AdministeredPlace {
  /** `workspace/repository`, or "project KEY of workspace". */
  readonly name: string;
  /** The page of the key there. */
  readonly href: string;
  readonly takeAway: () => Promise<void>;
}

/** Those of the places that whoever looks may take a key away from: each is decided by itself, and the others stay unnamed. */
export async function administeredPlaces(
  services: Services,
  request: FastifyRequest,
  places: readonly PlaceOfKey[],
): Promise<readonly AdministeredPlace[]> {
  const administered: AdministeredPlace[] = [];
  for (const place of places) {
    try {
      administered.push(await enterPlace(services, request, place));
    } catch (error) {
      if (!(error instanceof Refused) && !(error instanceof Problem)) throw error;
    }
  }
  return administered;
}

async function enterPlace(
  services: Services,
  request: FastifyRequest,
  { on, id, workspaceId, number }: PlaceOfKey,
): Promise<AdministeredPlace> {
  if (on === 'repository') {
    const target = [{ type: 'repository', workspace: '{}', repository: `{${id}}` }] as const;
    const grant = await enterAlso(services, request, 'access_key.revoke', target);
    const [{ workspace, slug }] = grant.targets;
    return {
      name: `${workspace.slug}/${slug}`,
      href: linksOf({ slug, workspace }).accessKey(number),
      takeAway: () => revokeAccessKey(services, grant, number),
    };
  }
  const target = [{ type: 'workspace', workspace: `{${workspaceId}}` }] as const;
  const grant = await enterAlso(services, request, 'project_access_key.revoke', target);
  const [{ slug }] = grant.targets;
  const { key } = await viewProject(services, grant, `{${id}}`);
  return {
    name: `project ${key} of ${slug}`,
    href: projectKeysPath(slug, key, `/${number}`),
    takeAway: () => revokeProjectAccessKey(services, grant, `{${id}}`, number),
  };
}
