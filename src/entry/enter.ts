import {
  Refused,
  type AnyGrant,
  type Grant,
  type OperationName,
  type PresentTarget,
  type TargetReference,
} from '../gate/index.ts';
import { Problem } from '../problem.ts';
import { mintGrant, type Principal } from '../gate/sealed.ts';
import { loadFacts } from './facts.ts';
import type { Gateway } from './gateway.ts';
import { identify, identifyAgain, identifyJob, identifyOperator, type Surface } from './identify.ts';
import type { Presented } from './presented.ts';
import { recordAdmitted, recordRefused } from './record.ts';

/** One thing asked for, as a door parsed it. */
export interface EntryRequest<Op extends OperationName> {
  readonly operation: Op;
  /** In the order in which the operation declares its targets. */
  readonly targets: readonly TargetReference[];
  readonly presented: Presented;
  readonly surface: Surface;
  /** Network address of the caller, from the socket or from a configured proxy. */
  readonly address: string;
  /** What the client says that it is, as it was sent. */
  readonly agent?: string | undefined;
}

/**
 * The one way in: identify, load facts, evaluate, admit. Answers with the grant, or throws `Refused`.
 */
export async function enter<Op extends OperationName>(
  gateway: Gateway,
  request: EntryRequest<Op>,
): Promise<Grant<Op>> {
  try {
    const principal = await identify(gateway, request.presented, request.surface);
    const grant = await admit(gateway, request.operation, principal, request.targets, request.address);
    recordAdmitted(gateway, grant, request.agent);
    return grant;
  } catch (error) {
    if (error instanceof Refused) recordRefused(gateway, request, error);
    throw error;
  }
}

/** The same for the command line. From the operator nothing is hidden: what they cannot see is not there, which is a `Problem`. */
export async function enterAsOperator<Op extends OperationName>(
  gateway: Gateway,
  operation: Op,
  targets: readonly TargetReference[],
): Promise<Grant<Op>> {
  try {
    return await admit(gateway, operation, identifyOperator(), targets, null);
  } catch (error) {
    if (!(error instanceof Refused) || error.refusal.code !== 'target_missing') throw error;
    const missing = targets[error.refusal.position];
    throw missing === undefined ? error : new Problem('not_found', `There is no ${inWords(missing)}.`);
  }
}

/** The same for a task of the host itself. */
export const enterAsJob = <Op extends OperationName>(
  gateway: Gateway,
  name: string,
  operation: Op,
  targets: readonly TargetReference[],
): Promise<Grant<Op>> => admit(gateway, operation, identifyJob(name), targets, null);

/** Decides again what was granted before, with everything read anew. Throws `Refused` when it would no longer be granted. */
export const enterAgain = <Op extends OperationName>(
  gateway: Gateway,
  grant: Grant<Op>,
): Promise<Grant<Op>> => enterFurther(gateway, grant, grant.operation, grant.everyTarget.map(referenceTo));

/**
 * What else whoever was admitted asks for, where a body says so: the same use, decided like the first. Throws `Refused`.
 */
export async function enterFurther<Op extends OperationName>(
  gateway: Gateway,
  grant: Pick<Grant<OperationName>, 'principal' | 'address'>,
  operation: Op,
  targets: readonly TargetReference[],
): Promise<Grant<Op>> {
  const principal = await identifyAgain(gateway, grant.principal);
  return admit(gateway, operation, principal, targets, grant.address);
}

/**
 * Decides within the transaction of a change what was granted before, with everything read anew: whoever lost a right while
 * they were using it is refused. The use that it is was counted before. Nothing is taken away from the operator and from jobs,
 * who are trusted for roles. Throws `Refused`.
 *
 * @param gateway with the transaction for its database
 */
export async function decideAgain(gateway: Gateway, grant: AnyGrant): Promise<void> {
  if (grant.principal.type === 'operator' || grant.principal.type === 'job') return;
  const principal = await identifyAgain(gateway, grant.principal);
  const facts = await loadFacts(gateway, principal, grant.everyTarget.map(referenceTo));
  const { operation, address } = grant;
  mintGrant<OperationName>(operation, principal, facts, { now: gateway.clock(), address, isCounted: true });
}

async function admit<Op extends OperationName>(
  gateway: Gateway,
  operation: Op,
  principal: Principal,
  targets: readonly TargetReference[],
  address: string | null,
): Promise<Grant<Op>> {
  const facts = await loadFacts(gateway, principal, targets);
  return mintGrant(operation, principal, facts, { now: gateway.clock(), address });
}

/** A target as the operator wrote it. */
function inWords(target: TargetReference): string {
  switch (target.type) {
    case 'repository':
      return `repository ${JSON.stringify(`${target.workspace}/${target.repository}`)}`;
    case 'workspace':
      return `workspace ${JSON.stringify(target.workspace)}`;
    case 'account':
      return `user ${JSON.stringify('account' in target ? target.account : 'self')}`;
    case 'host':
      return 'host';
  }
}

/** By id, so that what was granted is what is asked about again, whatever it is called by now. */
function referenceTo(target: PresentTarget): TargetReference {
  switch (target.type) {
    case 'repository':
      return { type: 'repository', workspace: '{}', repository: `{${target.id}}` };
    case 'workspace':
      return { type: 'workspace', workspace: `{${target.id}}` };
    case 'account':
      return { type: 'account', account: `{${target.id}}` };
    case 'host':
      return { type: 'host' };
  }
}
