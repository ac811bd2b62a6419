import type { FastifyRequest } from 'fastify';
import { listOwnWorkspaces } from '../../acts/workspaces/workspaces.ts';
import { accountOf, Refused, type AccountSubject } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { toHost, toSelf } from '../shared/policy.ts';
import { enterAlso } from './enter-also.ts';

/** Who looks at a page, as its frame shows them. */
export interface Visitor {
  /** Null for a stranger. */
  readonly account: AccountSubject | null;
  readonly workspaces: readonly {
    readonly slug: string;
    readonly name: string;
    readonly membership: 'owner' | 'member';
  }[];
}

const STRANGER: Visitor = { account: null, workspaces: [] };

/** Never refuses: who may not be shown is a stranger, so that error pages have a frame, too. */
export async function visitorOf(services: Services, request: FastifyRequest): Promise<Visitor> {
  try {
    const grant = await enterAlso(services, request, 'site.home', toSelf());
    return { account: accountOf(grant.principal), workspaces: await listOwnWorkspaces(services, grant) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { code } = error.refusal;
    if (code !== 'password_change_needed' && code !== 'two_step_needed') return STRANGER;
    const grant = await enterAlso(services, request, 'site.view', toHost());
    return { account: accountOf(grant.principal), workspaces: [] };
  }
}
