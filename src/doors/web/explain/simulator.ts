import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { simulate, type ExplainingGrant, type Simulation } from '../../../acts/explain/simulate.ts';
import { viewCredential } from '../../../acts/credentials/view.ts';
import type { Credential } from '../../../credentials/index.ts';
import { declarationOf, isOperation, type CredentialKind } from '../../../gate/index.ts';
import { Problem } from '../../../problem.ts';
import type { Services } from '../../../services.ts';
import { grantOf, toRepository, toSelf } from '../../shared/policy.ts';
import { PERSONAL_PAGES } from '../account/personal-kinds.ts';
import { accountRail } from '../account/rail.ts';
import { keyLink } from '../credentials/key-link.ts';
import { enterAlso } from '../enter-also.ts';
import { FormInput } from '../form-input.ts';
import { places } from '../places.ts';
import { settingsPage } from '../repositories/frame.ts';
import { linksOf } from '../repositories/links.ts';
import { sendPage, statusOf } from '../respond.ts';
import { pageRoute, parameter, type PagesOptions } from '../route.ts';
import { simulationInput, typedQuestion, type TypedQuestion } from './question.ts';
import { simulatorBody } from './simulator-view.ts';

const TITLE = 'Why can it not…?';

/** The simulator, for whoever manages a credential: their own app passwords and API tokens, and the tokens of a repository. */
export async function simulatorPages(app: FastifyInstance, { services }: PagesOptions): Promise<void> {
  for (const pages of PERSONAL_PAGES) {
    const route = pageRoute(`${pages.kind}.explain`, toSelf);
    app.get(`${pages.list}/:id/explain`, route, async (request, reply) => {
      const listing = await pages.grants.alsoList(services, request);
      const { credential } = await viewCredential(services, listing, parameter(request, 'id'));
      const asked = await ask(services, request, pages.grants.explain(request), credential, '');
      const body = simulatorBody({
        ...asked,
        credential,
        action: pages.path(credential.id, '/explain'),
        cancelHref: pages.path(credential.id),
        narrowKeyHref: narrowKey(asked.answer, asked.typed, pages.create, pages.kind),
        ownAddress: request.ip,
      });
      const content = { title: TITLE, rail: accountRail(pages.rail), body };
      return sendPage(services, request, reply, content, statusFor(asked.problem));
    });
  }

  app.get(
    '/:workspace/:repository/settings/access-tokens/:id/explain',
    pageRoute('access_token.explain', toRepository),
    async (request: FastifyRequest, reply: FastifyReply) => {
      const grant = grantOf(request, 'access_token.explain');
      const [facts] = grant.targets;
      const links = linksOf(facts);
      const here = {
        workspace: parameter(request, 'workspace'),
        repository: parameter(request, 'repository'),
      };
      const listing = await enterAlso(services, request, 'access_token.list', toRepository(here));
      const { credential } = await viewCredential(services, listing, parameter(request, 'id'));
      const own = `${facts.workspace.slug}/${facts.slug}`;
      const asked = await ask(services, request, grant, credential, own);
      const isHere = asked.typed.target.trim().toLowerCase() === own.toLowerCase();
      const body = simulatorBody({
        ...asked,
        credential,
        action: links.accessToken(credential.id, '/explain'),
        cancelHref: links.accessToken(credential.id),
        // A token opens its own repository alone; what lies elsewhere takes a key of the person's.
        narrowKeyHref: narrowKey(
          asked.answer,
          asked.typed,
          isHere ? links.newAccessToken : places.newAppPassword,
          isHere ? 'repository_access_token' : 'app_password',
        ),
        ownAddress: request.ip,
      });
      const page = settingsPage(facts, 'tokens', { title: TITLE, body });
      return sendPage(services, request, reply, page, statusFor(asked.problem));
    },
  );
}

const statusFor = (problem: Problem | undefined): number => (problem === undefined ? 200 : statusOf(problem));

/** The answer to what the address asks; a question that cannot be put comes back with what is wrong with it. */
async function ask(
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
function narrowKey(
  answer: Simulation | null,
  { operation, target, ref, path, from }: TypedQuestion,
  form: string,
  kind: CredentialKind,
): string | undefined {
  if (answer === null || answer.allowed || !isOperation(operation)) return undefined;
  const factor = answer.factors.find(({ allows }) => allows === false)?.factor;
  if (factor === 'role' || factor === 'target') return undefined;
  const rules = answer.refs.filter(({ reason }) => reason?.includes('branch restriction'));
  if (factor === 'ref' && rules.length === answer.refs.length) return undefined;
  const changes = answer.refs.length === 1 ? answer.refs[0]?.change : undefined;
  const onRepository = declarationOf(operation).targets.some(({ on }) => on === 'repository');
  return keyLink(form, kind, {
    operation,
    repository: onRepository && kind !== 'repository_access_token' ? target.trim() : undefined,
    ref: answer.refs[0]?.ref ?? (ref.startsWith('refs/') || ref === '' ? ref : `refs/heads/${ref}`),
    change: changes,
    path: path.trim() === '' ? undefined : path.trim(),
    address: from.trim() === '' ? undefined : from.trim(),
  });
}
