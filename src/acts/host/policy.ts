import { hostRequiresTwoStep, setHostRequiresTwoStep } from '../../accounts/index.ts';
import { accountOf, type Grant } from '../../gate/index.ts';
import { invalid } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { change } from '../transaction.ts';

/** What this host asks of everybody. */
export interface HostPolicy {
  readonly requiresTwoStep: boolean;
}

export const viewHostPolicy = async (
  services: Services,
  _grant: Grant<'host.policy'>,
): Promise<HostPolicy> => ({ requiresTwoStep: await hostRequiresTwoStep(services.database) });

/** Throws `Problem` to an administrator who would shut themselves out. */
export async function changeHostPolicy(
  services: Services,
  grant: Grant<'host.policy'>,
  wanted: HostPolicy,
): Promise<void> {
  if (wanted.requiresTwoStep) requireOwnTwoStep(grant.principal, 'requires_two_step');
  await change(
    services,
    grant,
    (trx) => setHostRequiresTwoStep(trx, wanted.requiresTwoStep),
    () => ({ target: { type: 'host', id: 'host' }, detail: { requiresTwoStep: wanted.requiresTwoStep } }),
  );
}

/** Who asks two-step verification of others has it: else the page on which to take that back would be shut to them. */
export function requireOwnTwoStep(principal: Grant<'host.policy'>['principal'], field: string): void {
  if (accountOf(principal)?.hasTwoStep === false) {
    throw invalid(field, 'Set it up for yourself first: otherwise you would shut yourself out.');
  }
}
