import { subjectById, subjectsOfEach } from '../accounts/index.ts';
import { livePlaces, livePlacesOfEach, originOf, type FoundCredential } from '../credentials/index.ts';
import type { AccountSubject, KeyPlace } from '../gate/index.ts';
import { projectById, repositoryById } from '../hosting/index.ts';
import {
  consumerById,
  consumersOfEach,
  tokenStanding,
  tokenStandings,
  type Consumer,
  type TokenStanding,
} from '../oauth/index.ts';
import type { Handle } from '../store/handle.ts';

type Read<Value> = (id: string) => Promise<Value | undefined> | Value | undefined;

type ResourceType = 'repository' | 'project' | 'workspace';
type Resource = Awaited<ReturnType<typeof resourceOf>>;

/** What stands behind a credential now, of which a principal is made. */
export interface Behind {
  readonly account: Read<AccountSubject>;
  readonly consumer: Read<Consumer>;
  /** What an access token belongs to. */
  readonly resource: (type: ResourceType, id: string) => Promise<Resource> | Resource;
  /** By the id of an OAuth token. */
  readonly token: Read<TokenStanding>;
  /** By the id of an access key. */
  readonly places: Read<readonly KeyPlace[]>;
}

/** Read when it is asked for. Made for every request, and so one object and no closures. */
class BehindOne implements Behind {
  readonly #db: Handle;
  readonly #now: number;

  constructor(db: Handle, now: number) {
    this.#db = db;
    this.#now = now;
  }

  account(id: string) {
    return subjectById(this.#db, id);
  }

  consumer(id: string) {
    return consumerById(this.#db, id);
  }

  resource(type: ResourceType, id: string) {
    return resourceOf(this.#db, type, id);
  }

  token(id: string) {
    return tokenStanding(this.#db, id);
  }

  places(id: string) {
    return livePlaces(this.#db, id, this.#now);
  }
}

export const behindOne = (db: Handle, now: number): Behind => new BehindOne(db, now);

/** What stands behind all of these, read in a few statements: what many of them share once. */
export async function behindEach(
  db: Handle,
  found: readonly FoundCredential[],
  now: number,
): Promise<Behind> {
  const owners = (type: FoundCredential['row']['owner_type']): string[] => [
    ...new Set(found.flatMap(({ row }) => (row.owner_type === type ? row.owner_id : []))),
  ];
  const accounts = await subjectsOfEach(db, owners('account'));
  const consumers = await consumersOfEach(db, owners('consumer'));
  // What is asked about together belongs to one repository, its project and its workspace.
  const resources = new Map<string, Resource>();
  for (const type of ['repository', 'project', 'workspace'] as const)
    for (const id of owners(type)) resources.set(`${type} ${id}`, await resourceOf(db, type, id));
  const tokens = await tokenStandings(
    db,
    found
      .map(originOf)
      .flatMap(({ row, kind }) =>
        kind === 'oauth_access_token' || kind === 'oauth_refresh_token' ? row.id : [],
      ),
  );
  const places = await livePlacesOfEach(
    db,
    found.flatMap(({ row }) => (row.owner_type === 'places' ? row.id : [])),
    now,
  );
  return {
    account: (id) => accounts.get(id),
    consumer: (id) => consumers.get(id),
    resource: (type, id) => resources.get(`${type} ${id}`),
    token: (id) => tokens.get(id),
    places: (id) => places.get(id),
  };
}

async function resourceOf(db: Handle, type: ResourceType, id: string) {
  switch (type) {
    case 'repository': {
      const repository = await repositoryById(db, id);
      return repository && ({ type, repositoryId: id, workspaceId: repository.workspace.id } as const);
    }
    case 'project': {
      const project = await projectById(db, id);
      return project && ({ type, projectId: id, workspaceId: project.workspaceId } as const);
    }
    case 'workspace':
      return { type, workspaceId: id } as const;
  }
}
