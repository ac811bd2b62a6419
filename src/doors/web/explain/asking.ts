import type { FastifyRequest } from 'fastify';
import { simulate, type ExplainingGrant, type Simulation } from '../../../acts/explain/simulate.ts';
import type { Credential } from '../../../credentials/index.ts';
import { declarationOf, isOperation, isRefChange, type CredentialKind } from '../../../gate/index.ts';
import { Problem } from '../../../problem.ts';
import type { Services } from '../../../services.ts';
import { keyLink } from '../credentials/key-link.ts';
import { FormInput } from '../form-input.ts';
import { statusOf } from '../respond.ts';
import { simulationInput, typedQuestion, type TypedQuestion } from './question.ts';

export const TITLE = 'Why can it not…?';

export const statusFor = (problem: Problem | undefined): number =>
  problem === undefined ? 200 : statusOf(problem);

/** The answer to what the address asks; a question that cannot be put comes back with what is wrong with it. */
export async function ask(
  services: Services,
  request: FastifyRequest,
  grant: ExplainingGrant,
  { id }: Credential,
  target: string,
): Promise<{
  readonly typed: TypedQuestion;
  readonly answer: Simulation | null;
  readonly problem: Problem | undefined;
}> {
  const typed = typedQuestion(new FormInput(request.query), target);
  if (typed.operation === '') return { typed, answer: null, problem: undefined };
  try {
    const answer = await simulate(services, grant, simulationInput(id, typed));
    return { typed, answer, problem: undefined };
  } catch (error) {
    if (!(error instanceof Problem) || error.code === 'not_found') throw error;
    return { typed, answer: null, problem: error };
  }
}

/** The form of a key that could; undefined where no key could, since the role, the target or a branch restriction is in the way. */
export function narrowKey(
  answer: Simulation | null,
  { operation, target, ref, change, path, from }: TypedQuestion,
  /** Of a new key, and of which kind it makes them. */
  form: { readonly href: string; readonly kind: CredentialKind },
  /** Where a key of that form has to be told which repository it is for. */
  goesFurther: boolean,
): string | undefined {
  if (answer === null || answer.allowed || !isOperation(operation)) return undefined;
  if (!declarationOf(operation).kinds.includes(form.kind)) return undefined;
  const factor = answer.factors.find(({ allows }) => allows === false)?.factor;
  if (factor === 'role' || factor === 'target') return undefined;
  const rules = answer.refs.filter(({ reason }) => reason?.includes('branch restriction'));
  if (factor === 'ref' && rules.length === answer.refs.length) return undefined;
  const changes =
    answer.refs.length === 1 ? answer.refs[0]?.change : isRefChange(change) ? change : undefined;
  const onRepository = declarationOf(operation).targets.some(({ on }) => on === 'repository');
  return keyLink(form.href, form.kind, {
    operation,
    repository: onRepository && goesFurther ? target.trim() : undefined,
    ref: answer.refs[0]?.ref ?? (ref.startsWith('refs/') || ref === '' ? ref : `refs/heads/${ref}`),
    change: changes,
    path: path.trim() === '' ? undefined : path.trim(),
    address: from.trim() === '' ? undefined : from.trim(),
  });
}
