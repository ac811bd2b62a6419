import type { Grant } from '../../gate/index.ts';
import { findRestriction, listRestrictions, pageOfRestrictions } from '../../hosting/index.ts';
import { Problem } from '../../problem.ts';
import type { Services } from '../../services.ts';
import { candidatesOf, type SubjectCandidates } from './candidates.ts';
import { withNames, type ShownRestriction } from './subjects.ts';

/** The rules of the grant's repository in the order in which they were made. */
export async function viewRestrictions(
  services: Services,
  grant: Grant<'restriction.list'> | Grant<'restriction.change'>,
  filter: { readonly kind?: string; readonly pattern?: string } = {},
): Promise<ShownRestriction[]> {
  const [repository] = grant.targets;
  const rules = await listRestrictions(services.database, repository.id);
  const { kind, pattern } = filter;
  return withNames(
    services,
    repository,
    rules.filter(
      (rule) =>
        (kind === undefined || rule.kind === kind) && (pattern === undefined || rule.pattern === pattern),
    ),
  );
}

/** A page of the same, and how many there are in all. */
export async function viewPageOfRestrictions(
  services: Services,
  grant: Grant<'restriction.list'> | Grant<'restriction.change'>,
  window: { readonly offset: number; readonly limit: number },
): Promise<{ readonly rules: readonly ShownRestriction[]; readonly size: number }> {
  const [repository] = grant.targets;
  const { rules, size } = await pageOfRestrictions(services.database, repository.id, window);
  return { rules: await withNames(services, repository, rules), size };
}

/** One rule of the grant's repository. Throws `Problem` when the repository has none of that id. */
export async function viewRestriction(
  services: Services,
  grant: Grant<'restriction.list'> | Grant<'restriction.change'>,
  id: number,
): Promise<ShownRestriction> {
  const [repository] = grant.targets;
  const rule = await findRestriction(services.database, repository.id, id);
  if (rule === undefined) throw noSuchRestriction();
  const [named] = await withNames(services, repository, [rule]);
  if (named === undefined) throw noSuchRestriction();
  return named;
}

export const noSuchRestriction = (): Problem =>
  new Problem('not_found', 'This repository has no branch restriction of that id.');

/** Whom a rule of the grant's repository can name: for a form. */
export const viewRestrictionCandidates = (
  services: Services,
  grant: Grant<'restriction.list'> | Grant<'restriction.change'>,
): Promise<SubjectCandidates> => candidatesOf(services, grant.targets[0]);
