import {
  everyPlaceOf,
  isReplaceable,
  keysOf,
  listVisibleCredentials,
  pageOfDerived,
  type Credential,
  type CredentialPage,
  type KeptKey,
  type KnownPlace,
} from '../../credentials/index.ts';
import type { Grant } from '../../gate/index.ts';
import { consumersOfTokens } from '../../oauth/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { isConfinedHere, isUseTold } from '../keys/access-key-list.ts';
import { lineOf, type Line } from './succession.ts';
import { windowOf, type WhichPage } from './which-page.ts';

/** Credentials of every kind, with the public halves of those that are keys. */
export interface EverythingPage extends CredentialPage {
  readonly keys: ReadonlyMap<string, KeptKey>;
  /** Those whose use is not told here; see `isUseTold`. */
  readonly untold: ReadonlySet<string>;
  /** The applications that act for people by those that are OAuth tokens: ids of consumers by credential id. */
  readonly applications: ReadonlyMap<string, string>;
}

/** Everything that can act as the account of the grant, or that enters the repositories of its workspace; the newest first. */
export async function listEverything(
  services: Services,
  grant: Grant<'own_credential.list'> | Grant<'workspace.access'>,
  which: WhichPage,
): Promise<EverythingPage> {
  await services.writeUses();
  const { database } = services;
  const shown = await listVisibleCredentials(database, grant.visibility, windowOf(which), services.clock());
  const ids = shown.credentials.map(({ id }) => id);
  const [keys, applications] = [await keysOf(database, ids), await consumersOfTokens(database, ids)];
  const untold = new Set<string>();
  const credentials: Credential[] = [];
  for (const each of shown.credentials) {
    const ever = each.owner.type === 'places' ? await everyPlaceOf(database, each.id) : [];
    if (!isUseTold(grant.principal, ever)) untold.add(each.id);
    credentials.push(grant.operation === 'workspace.access' ? asHere(grant, each, ever) : each);
  }
  return { ...shown, credentials, keys, untold, applications };
}

/** What somebody else calls a key is not for the people here. */
function asHere(
  { principal, targets: [{ id: workspaceId }] }: Grant<'workspace.access'>,
  credential: Credential,
  places: readonly KnownPlace[],
): Credential {
  const here = places.find((place) => place.workspaceId === workspaceId);
  return here === undefined || isConfinedHere(principal, places, workspaceId)
    ? credential
    : { ...credential, label: here.label };
}

/**
 * One living credential of the account of the grant, where it stands among those that replaced each other, if it is of a
 * kind that can be replaced, and how many derived tokens came of it and live. Throws `Problem` when there is none of this id.
 */
export async function viewOwnCredential(
  services: Services,
  grant: Grant<'own_credential.list'>,
  id: string,
): Promise<{
  readonly credential: Credential;
  readonly line: Line | null;
  readonly derived: { readonly living: number };
}> {
  await services.writeUses();
  const one = { ended: false, offset: 0, limit: 1, id };
  const { credentials } = await listVisibleCredentials(
    services.database,
    grant.visibility,
    one,
    services.clock(),
  );
  const [found] = credentials;
  if (found === undefined) {
    throw new Problem('not_found', 'You have nothing active of this id: it may have been revoked already.');
  }
  const line = isReplaceable(found.kind) ? await lineOf(services.database, found, services.clock()) : null;
  const { size } = await pageOfDerived(
    services.database,
    found,
    { ended: false, offset: 0, limit: 0 },
    services.clock(),
  );
  return { credential: found, line, derived: { living: size } };
}
