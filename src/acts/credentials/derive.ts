import {
  chooseBounds,
  chooseDerivedExpiry,
  chooseDerivedScopes,
  chooseLabel,
  createDerived,
  endOfLine,
  findById,
  type BoundsInput,
  type FoundCredential,
  type Secret,
} from '../../credentials/index.ts';
import {
  describeBound,
  isDerivable,
  Refused,
  type CredentialPrincipal,
  type DerivableKind,
  type Grant,
} from '../../gate/index.ts';
import { invalid } from '../../problem.ts';
import type { Services } from '../../services.ts';
import type { Handle } from '../../store/handle.ts';
import { reachedRepository } from '../explain/reached.ts';
import { boundsInWords } from '../explain/words.ts';
import { change } from '../transaction.ts';

export { DERIVED_SECONDS } from '../../credentials/index.ts';

const MOST_REPOSITORIES = 100;

/** What a derived token is confined to beyond its parent; repositories by name, `WORKSPACE/NAME`. */
export interface DerivedConfinement
  extends Omit<BoundsInput, 'workspaces' | 'projects' | 'repositories' | 'observe'> {
  readonly repositoryNames?: readonly string[];
}

export interface NewDerivedToken {
  readonly id: string;
  readonly secret: Secret;
  readonly kind: DerivableKind;
  readonly label: string;
  readonly scopes: readonly string[];
  readonly expiresAt: number;
  readonly parentId: string;
  /** Its own, in words; those of its parent confine it as well. */
  readonly boundWords: readonly string[];
  /** What stands before the secret in Basic: the name of the account; null where it is nobody's. */
  readonly username: string | null;
}

/**
 * Derives a token from the grant's credential: of the same owner, with scopes that this one holds, within its bounds and those
 * given, ending with it. The secret is in the answer and can never be had again. Throws `Problem` for a bad label, scope,
 * bound or life, and for a repository where the credential may do nothing itself.
 */
export async function deriveToken(
  services: Services,
  grant: Grant<'derived_token.create'>,
  input: {
    readonly label: string;
    readonly scopes: readonly string[];
    readonly expiresInSeconds?: number | undefined;
    readonly confinement: DerivedConfinement;
  },
): Promise<NewDerivedToken> {
  const principal = asking(grant);
  const { credentialId: parentId, kind } = principal;
  const label = chooseLabel(input.label);
  const scopes = chooseDerivedScopes(kind, input.scopes, principal.scopes);
  const { repositoryNames = [], ...rest } = input.confinement;
  const repositories = await reachedIds(services, grant, principal, repositoryNames);
  const bounds = chooseBounds({ ...rest, repositories });
  const made = await change(
    services,
    grant,
    async (trx, now) => {
      const parent = await parentIn(trx, parentId);
      const expiresAt = chooseDerivedExpiry(input.expiresInSeconds, endOfLine(parent), now);
      const created = await createDerived(
        trx,
        services.keys,
        parent,
        { label, scopes, bounds, expiresAt },
        now,
      );
      return { ...created, expiresAt };
    },
    ({ id }) => ({
      target: { type: 'credential', id },
      detail: { label, scopes, parent: parentId, bounds: bounds.map((bound) => describeBound(bound)) },
    }),
  );
  return {
    ...made,
    kind,
    label,
    scopes,
    parentId,
    boundWords: await boundsInWords(services, bounds, principal),
    username: principal.owner.type === 'account' ? principal.owner.account.username : null,
  };
}

/** The credential that asks; the operation lets no other kinds in. */
function asking({
  principal,
}: Grant<'derived_token.create'>): CredentialPrincipal & { readonly kind: DerivableKind } {
  if (principal.type !== 'credential' || !isDerivable(principal.kind))
    throw new TypeError('Only a credential with a door of its own derives.');
  return { ...principal, kind: principal.kind };
}

async function parentIn(
  trx: Handle,
  id: string,
): Promise<FoundCredential & { readonly kind: DerivableKind }> {
  const found = await findById(trx, id);
  if (found === undefined || !isDerivable(found.kind)) throw new Refused({ code: 'secret_unknown' });
  return { ...found, kind: found.kind };
}

/**
 * The ids of repositories by name. One where the credential itself may do nothing now, for whichever reason, is told as one
 * that does not exist: whoever holds little learns nothing by naming much.
 */
async function reachedIds(
  services: Services,
  { address }: Grant<'derived_token.create'>,
  principal: CredentialPrincipal,
  names: readonly string[],
): Promise<string[]> {
  if (names.length > MOST_REPOSITORIES)
    throw invalid('repositories', `Name at most ${MOST_REPOSITORIES} repositories.`);
  const ids: string[] = [];
  for (const name of names) {
    const id = await reachedRepository(services, principal, address, name);
    if (id === undefined) {
      throw invalid(
        'repositories',
        `There is no repository ${JSON.stringify(name.slice(0, 200))} that this credential opens: name one that it does, as WORKSPACE/NAME.`,
      );
    }
    ids.push(id);
  }
  return ids;
}
