import { enterFurther } from '../../entry/index.ts';
import { Refused, type Grant, type OperationName } from '../../gate/index.ts';
import type { Services } from '../../services.ts';

/**
 * Which of these operations whoever looks at a page of a repository could ask for as well: what the page offers. Each is
 * decided as if it were asked for.
 */
export async function mayAlso<Op extends OperationName>(
  services: Services,
  grant: Pick<Grant<OperationName>, 'principal' | 'address' | 'everyTarget'>,
  operations: readonly Op[],
): Promise<ReadonlySet<Op>> {
  const target = grant.everyTarget.find(({ type }) => type === 'repository');
  if (target?.type !== 'repository') throw new TypeError('This is asked about a repository.');
  // By id: what is judged is what was found, by whichever of its names.
  const targets = [{ type: 'repository', workspace: '{}', repository: `{${target.id}}` }] as const;
  const allowed = new Set<Op>();
  for (const operation of operations) {
    try {
      await enterFurther(services, grant, operation, targets);
      allowed.add(operation);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }
  return allowed;
}
