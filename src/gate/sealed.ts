import type { Circumstances } from './bounds/index.ts';
import { evaluate } from './evaluate.ts';
import { Grant, MINT } from './grant.ts';
import type { OperationName } from './operations.ts';
import type { PrincipalData } from './principal.ts';
import { Refused } from './refusal.ts';
import type { TargetFacts } from './targets.ts';

/**
 * What only entry may make: principals (identify), facts (the loader) and grants (admit). Not exported by `index.ts`;
 * the architecture lint refuses the import of this file anywhere else.
 */

const SEAL: unique symbol = Symbol('seal');

/** A principal that identify made. */
export class Principal {
  readonly #data: PrincipalData;
  constructor(key: typeof SEAL, data: PrincipalData) {
    if (key !== SEAL) throw new TypeError('A principal is made by identify alone.');
    this.#data = data;
  }
  get data(): PrincipalData {
    return this.#data;
  }
}

/** Targets that the loader read from live data. */
export class Facts {
  readonly #targets: readonly TargetFacts[];
  constructor(key: typeof SEAL, targets: readonly TargetFacts[]) {
    if (key !== SEAL) throw new TypeError('Facts are made by the loader alone.');
    this.#targets = targets;
  }
  get targets(): readonly TargetFacts[] {
    return this.#targets;
  }
}

export const sealPrincipal = (data: PrincipalData): Principal => new Principal(SEAL, data);
export const sealFacts = (targets: readonly TargetFacts[]): Facts => new Facts(SEAL, targets);

/**
 * Turns a yes into a grant. Evaluates by itself, so that no verdict made elsewhere can be passed in.
 * Throws `Refused` with the refusal when the answer is no.
 */
export function mintGrant<Op extends OperationName>(
  operation: Op,
  principal: Principal,
  facts: Facts,
  circumstances: Circumstances,
): Grant<Op> {
  const verdict = evaluate({
    operation,
    principal: principal.data,
    targets: facts.targets,
    circumstances,
  });
  if (!verdict.allowed) {
    const { data } = principal;
    throw new Refused(
      verdict.refusal,
      data.type === 'credential' ? { id: data.credentialId, kind: data.kind, scopes: data.scopes } : null,
    );
  }
  return new Grant(
    MINT,
    operation,
    principal.data,
    verdict.targets,
    verdict.visibility,
    circumstances.address,
  );
}
