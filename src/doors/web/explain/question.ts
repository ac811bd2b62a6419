import { declarationOf, isOperation, OPERATION_NAMES, type CredentialKind } from '../../../gate/index.ts';
import type { SimulationInput } from '../../../acts/explain/simulate.ts';
import { momentIn } from '../credentials/moments.ts';
import type { FormInput } from '../form-input.ts';

/** What was asked of the simulator, as it was typed. */
export interface TypedQuestion {
  readonly operation: string;
  readonly target: string;
  readonly ref: string;
  readonly change: string;
  readonly path: string;
  readonly from: string;
  readonly at: string;
}

export const typedQuestion = (query: FormInput, target: string): TypedQuestion => ({
  operation: query.text('operation'),
  target: query.ticked('target') ? query.text('target') : target,
  ref: query.text('ref'),
  change: query.text('change'),
  path: query.text('path'),
  from: query.text('from'),
  at: query.text('at'),
});

/** Operations that this kind of credential could ever do: the rest need not be asked about. */
export const askableOperations = (kind: CredentialKind) =>
  OPERATION_NAMES.filter((name) => declarationOf(name).kinds.includes(kind)).map((name) => ({
    value: name,
    label: declarationOf(name).does,
  }));

/** As the act takes it. Throws `Problem` at `at` for what is no moment; the act judges the rest. */
export function simulationInput(credentialId: string, typed: TypedQuestion): SimulationInput {
  const { operation, ref, change, path, from } = typed;
  return {
    credentialId,
    operation,
    targets: targetsOf(typed),
    ref,
    change,
    path,
    address: from,
    at: momentIn(typed.at, 'at', 'beginning', 'time'),
  };
}

/** The one field for the target serves every operation: a workspace is the first part of it, an account needs none. */
function targetsOf({ operation, target }: TypedQuestion): readonly string[] {
  if (!isOperation(operation)) return [target];
  return declarationOf(operation).targets.flatMap(({ on }) => {
    if (on === 'repository') return [target.trim()];
    return on === 'workspace' ? [target.trim().split('/', 1)[0] ?? ''] : [];
  });
}
