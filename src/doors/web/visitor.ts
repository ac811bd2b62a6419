import type { FastifyRequest } from 'fastify';
import { listOwnWorkspaces } from '../../acts/workspaces/workspaces.ts';
import { enter } from '../../entry/index.ts';
import { accountOf, Refused, type AccountSubject } from '../../gate/index.ts';
import type { Services } from '../../services.ts';
import { toHost, toSelf } from '../shared/policy.ts';
import { presentToWeb } from './cookies.ts';

/** Who looks at a page, as its frame shows them. */
export interface Visitor {
  /** Null for a stranger. */
  readonly account: AccountSubject | null;
  readonly workspaces: readonly { readonly slug: string; readonly name: string }[];
}

const STRANGER: Visitor = { account: null, workspaces: [] };

/** Never refuses: who may not be shown is a stranger, so that error pages have a frame, too. */
export async function visitorOf(services: Services, request: FastifyRequest): Promise<Visitor> {
  const asked = {
    presented: presentToWeb(services, request),
    surface: 'web',
    address: request.ip,
  } as const;
  try {
    const grant = await enter(services, { operation: 'site.home', targets: toSelf(), ...asked });
    return { account: accountOf(grant.principal), workspaces: await listOwnWorkspaces(services, grant) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.refusal.code !== 'password_change_needed') return STRANGER;
    const grant = await enter(services, { operation: 'site.view', targets: toHost(), ...asked });
    return { account: accountOf(grant.principal), workspaces: [] };
  }
}
