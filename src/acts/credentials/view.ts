import { lastDone } from '../../audit/index.ts';
import {
  everyPlaceOf,
  findById,
  listCredentials,
  pageOfDerived,
  type Credential,
  type CredentialPage,
} from '../../credentials/index.ts';
import { CREDENTIAL_KINDS, type Grant, type HeldBound, type PrincipalData } from '../../gate/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { boundsInWords } from '../explain/words.ts';
import { CONFINED_ELSEWHERE, isConfinedHere } from '../keys/access-key-list.ts';
import { personalKindOf, type PersonalGrant } from './personal.ts';
import { successionOf, type Succession } from './succession.ts';
import { kindOfTokens, tokenOwnerOf, type TokenGrant } from './token-place.ts';
import { windowOf, type WhichPage } from './which-page.ts';
import { observationsOf, untoldUsage, usageOf, USES_SHOWN, type Observation, type Usage } from './uses.ts';

/** One credential with all that its manager may know of it. */
export interface ViewedCredential {
  readonly credential: Credential;
  /** With what was used up of them; all layers, the first one first. */
  readonly bounds: readonly HeldBound[];
  /** The same in words, in the same order; ids of what the reader may see are names. */
  readonly boundWords: readonly string[];
  readonly usage: Usage;
  /** What a bound on networks that only watches would have refused, the latest first. */
  readonly observations: readonly Observation[];
}

/** One that can be replaced or derived from, with what came before it, after it and of it. */
export interface ViewedInFamily extends ViewedCredential, Succession {
  /** How many derived tokens came of it itself. */
  readonly derived: { readonly living: number; readonly ended: number };
}

type ViewingGrant = PersonalGrant<'list'> | TokenGrant<'list'>;
type ListingGrant =
  | ViewingGrant
  | Grant<'trust_policy.list'>
  | Grant<'ssh_key.list'>
  | Grant<'own_credential.list'>
  | Grant<'credential.list'>
  | Grant<'repository.who_can'>
  | Grant<'workspace.access'>;

/** Looked up among what the grant lists, so that knowing an id is never enough. Throws `Problem` when it is not there. */
export async function viewCredential(
  services: Services,
  grant: ViewingGrant,
  id: string,
  /** Of the workspace of the grant, by key: its tokens are meant, and not those of the workspace itself. */
  project?: string,
): Promise<ViewedInFamily> {
  await services.writeUses();
  const among = await ownedUnder(services, grant, project);
  const [credential] = await listCredentials(services.database, { ...among, id }, services.clock());
  if (credential === undefined) {
    const { type } = among.owner;
    throw new Problem(
      'not_found',
      type === 'account'
        ? `You have no ${CREDENTIAL_KINDS[among.kind].title} of this id.`
        : `This ${type} has no access token of this id.`,
    );
  }
  const isTold = await isUseTold(services, grant, credential);
  const viewed = await completeView(services, credential, grant.principal, isTold);
  const none = { ended: false, offset: 0, limit: 0 };
  const { size, others } = await pageOfDerived(services.database, credential, none, services.clock());
  return {
    ...viewed,
    ...(await successionOf(services, credential, grant.principal, isTold)),
    derived: { living: size, ended: others },
  };
}

/** A page of the derived tokens that came of a credential that was looked up among what the grant lists, the newest first. */
export async function viewDerived(
  services: Services,
  _grant: ViewingGrant,
  { credential }: ViewedInFamily,
  which: WhichPage,
): Promise<CredentialPage> {
  return pageOfDerived(services.database, credential, windowOf(which), services.clock());
}

async function ownedUnder({ database }: Services, grant: ViewingGrant, project?: string) {
  if (grant.operation === 'app_password.list' || grant.operation === 'api_token.list')
    return {
      owner: { type: 'account', id: grant.targets[0].id },
      kind: personalKindOf(grant.operation),
    } as const;
  const owner = await tokenOwnerOf(database, grant, project);
  return { owner, kind: kindOfTokens(owner) };
}

/** One credential that was looked up among what a grant lists. */
export async function completeView(
  services: Services,
  credential: Credential,
  reader: PrincipalData,
  isTold = true,
): Promise<ViewedCredential> {
  const { id } = credential;
  // With what was used up of them, which a list does not read.
  const bounds = (await findById(services.database, id))?.bounds ?? credential.bounds;
  const of = { lineOf: id };
  return {
    credential,
    bounds,
    boundWords: await boundsInWords(services, bounds, reader),
    usage: isTold ? await usageOf(services, of, credential, reader, USES_SHOWN) : untoldUsage(services),
    observations: isTold ? await observationsOf(services, of, USES_SHOWN) : [],
  };
}

/** Whoever a repository was transferred to is not told which machines its former workspace has. */
async function isUseTold(
  services: Services,
  grant: ViewingGrant,
  { createdAt }: Credential,
): Promise<boolean> {
  if (grant.operation !== 'access_token.list') return true;
  const [{ id }] = grant.targets;
  const moved = await lastDone(services.database, 'repository.transfer', 'repository', id);
  return moved === null || createdAt > moved;
}

/** The bounds of each of these credentials in words, by credential id, for a list. */
export async function viewBoundWords(
  services: Services,
  grant: ListingGrant,
  credentials: readonly Credential[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const words = new Map<string, readonly string[]>();
  for (const { id, owner, bounds } of credentials) {
    const all = await boundsInWords(services, bounds, grant.principal);
    const isTold =
      all.length === 0 ||
      owner.type !== 'places' ||
      isConfinedHere(
        grant.principal,
        await everyPlaceOf(services.database, id),
        grant.operation === 'workspace.access' ? grant.targets[0].id : '',
      );
    words.set(id, isTold ? all : [CONFINED_ELSEWHERE]);
  }
  return words;
}
