import { observedViolations, type Grant, type OperationName, type Refused } from '../gate/index.ts';
import type { Gateway } from './gateway.ts';

/** The name by which a client calls itself, as far as it is kept. */
const MOST_CHARACTERS = 60;
/** Its first word (RFC 9110 §10.1.5: a product and its version); what else stands there changes with machines. */
const PRODUCT = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+(?:\/[A-Za-z0-9!#$%&'*+.^_`|~-]+)?/;

/** Of what a client says of itself in `User-Agent`, or behind the version of its protocol over SSH, its name and version. */
export const agentOf = (said: string | undefined): string =>
  PRODUCT.exec(said ?? '')?.[0].slice(0, MOST_CHARACTERS) ?? '';

/** What of a grant is written down. */
export type Admitted = Pick<Grant<OperationName>, 'principal' | 'operation' | 'address' | 'everyTarget'>;

/**
 * In memory, to be written in batches: no use of a credential waits for a write. Once for each request: what is decided
 * again later on is the same use.
 */
export function recordAdmitted(
  gateway: Gateway,
  { principal, operation, address, everyTarget }: Admitted,
  agent: string | undefined,
): void {
  if (principal.type !== 'credential') return;
  const { credentialId, bounds } = principal;
  const target = everyTarget.find(({ type }) => type === 'repository' || type === 'workspace');
  gateway.usage.used(
    {
      credentialId,
      operation,
      targetId: target?.type === 'repository' || target?.type === 'workspace' ? target.id : '',
      outcome: observedViolations(bounds, address).length > 0 ? 'observed' : 'allowed',
      address: address ?? '',
      agent: agentOf(agent),
    },
    gateway.clock(),
  );
}

/** The same for a genuine credential that was refused. Of what it did not reach, nothing is written down. */
export function recordRefused(
  gateway: Gateway,
  {
    operation,
    address,
    agent,
  }: { readonly operation: OperationName; readonly address: string; readonly agent?: string | undefined },
  { refusal, credential }: Refused,
): void {
  const credentialId = credential?.id ?? ('credentialId' in refusal ? refusal.credentialId : undefined);
  if (credentialId === undefined) return;
  gateway.usage.used(
    { credentialId, operation, targetId: '', outcome: refusal.code, address, agent: agentOf(agent) },
    gateway.clock(),
  );
}
