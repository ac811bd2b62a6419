import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { whoCan, type WhoCan, type WhoCanInput } from '../../../../acts/explain/who-can.ts';
import { viewRepositoryData } from '../../../../acts/repositories/view.ts';
import type { Grant } from '../../../../gate/index.ts';
import { Problem } from '../../../../problem.ts';
import type { Services } from '../../../../services.ts';
import { grantOf, toRepository } from '../../../shared/policy.ts';
import { enterAlso } from '../../enter-also.ts';
import { listsOnPage } from '../../lists-on-page.ts';
import { sendPage, statusOf } from '../../respond.ts';
import { pageRoute, parameter, queryName, queryText, type PagesOptions } from '../../route.ts';
import { settingsPage } from '../frame.ts';
import { linksOf } from '../links.ts';
import { whoCanBody } from './who-can-view.ts';

const LISTS = {
  people: 'people',
  groups: 'groups',
  machines: 'access tokens, access keys and OAuth consumers',
  personal: 'credentials of people',
} as const;

/** Who and what can push to a branch, or merge pull requests into it; of the default branch unless another is asked about. */
export function whoCanPages(app: FastifyInstance, { services }: PagesOptions): void {
  app.get(
    '/:workspace/:repository/settings/who-can',
    pageRoute('repository.who_can', toRepository),
    async (request: FastifyRequest, reply: FastifyReply) => {
      const grant = grantOf(request, 'repository.who_can');
      const [facts] = grant.targets;
      const typed = queryText(request, 'branch').trim();
      const branch = typed === '' ? await mainBranch(services, request) : typed;
      const merges = queryText(request, 'to') === 'merge';
      const links = linksOf(facts);
      const lists = listsOnPage(request, links.whoCan(), LISTS, ['branch', 'to', 'person']);
      const { answer, problem } = await ask(services, grant, {
        operation: merges ? 'pull_request.merge' : 'repository.push',
        ref: branch,
        machines: lists.machines.rows,
        personal: lists.personal.rows,
      });
      const named = queryName(request, 'person');
      const body = whoCanBody({ links, branch, merges, answer, lists, named, problem });
      const page = settingsPage(facts, 'who-can', { title: 'Who can push', body, width: 'full' });
      return sendPage(services, request, reply, page, problem === undefined ? 200 : statusOf(problem));
    },
  );
}

async function mainBranch(services: Services, request: FastifyRequest): Promise<string> {
  const here = { workspace: parameter(request, 'workspace'), repository: parameter(request, 'repository') };
  const grant = await enterAlso(services, request, 'source.read', toRepository(here));
  return (await viewRepositoryData(services, grant)).mainBranch ?? 'main';
}

async function ask(
  services: Services,
  grant: Grant<'repository.who_can'>,
  input: WhoCanInput,
): Promise<{ readonly answer: WhoCan | null; readonly problem: Problem | undefined }> {
  try {
    const answer = await whoCan(services, grant, input);
    return { answer, problem: undefined };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { answer: null, problem: error };
  }
}
