import type { FastifyRequest } from 'fastify';
import type { RepositoryFacts } from '../../../gate/index.ts';
import { formOf } from '../form-input.ts';
import { localPath } from '../local-path.ts';
import { linksOf } from '../repositories/links.ts';
import { queryText } from '../route.ts';
import { numberIn } from './place.ts';

/** The page of the pull request that somebody came from and goes back to, as they named it: one of its own, else the first. */
export function backIn(request: FastifyRequest, facts: RepositoryFacts): string {
  const first = linksOf(facts).pullRequest(numberIn(request));
  const named = localPath(formOf(request).text('back') || queryText(request, 'back')) ?? first;
  return /^[/?]/.test(named.slice(first.length) || '?') && named.startsWith(first) ? named : first;
}
