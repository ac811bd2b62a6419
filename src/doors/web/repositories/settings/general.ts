import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { changeRepository, type RepositoryChanges } from '../../../../acts/repositories/change.ts';
import { viewSettingsChoices } from '../../../../acts/repositories/settings-choices.ts';
import { viewRepository, viewRepositoryData } from '../../../../acts/repositories/view.ts';
import type { Problem } from '../../../../problem.ts';
import type { Services } from '../../../../services.ts';
import { enterToMove, mayMove } from '../../../shared/enter-to-move.ts';
import { grantOf, toRepository } from '../../../shared/policy.ts';
import { formOf, type FormInput } from '../../form-input.ts';
import { confirmBody } from '../../pieces/index.ts';
import { repositoryPath } from '../../places.ts';
import { errorIn, orShowAgain, redirectTo, sendPage, statusOf } from '../../respond.ts';
import { pageRoute, type PagesOptions } from '../../route.ts';
import { settingsPage } from '../frame.ts';
import { linksOf } from '../links.ts';
import { generalBody, publishQuestion, type GeneralInput, type GeneralProps } from './general-view.ts';

/**
 * What the repository is called, who sees it, and what belongs to it. The page is opened with the right to change, as it
 * is the form for that, and shows the branches to choose from.
 */
export function generalPages(app: FastifyInstance, { services }: PagesOptions): void {
  const route = pageRoute('repository.update', toRepository);
  app.get('/:workspace/:repository/settings', route, (request, reply) => show(services, request, reply));
  app.post('/:workspace/:repository/settings', route, async (request, reply) => {
    const input = inputOf(formOf(request));
    return orShowAgain(
      async () => {
        const grant = grantOf(request, 'repository.update');
        const current = await readCurrent(services, request);
        const publishes = current.visibility === 'private' && input.visibility === 'public';
        if (publishes && !formOf(request).ticked('confirmed')) {
          const [facts] = grant.targets;
          const body = confirmBody(publishQuestion(linksOf(facts), current, input));
          const page = settingsPage(facts, 'general', { title: 'Make public', body });
          return sendPage(services, request, reply, page);
        }
        const chosen = input.project === '' || input.project === input.projectWas ? undefined : input.project;
        const move = await enterToMove(services, grant, chosen);
        const changed = await changeRepository(services, grant, {
          ...changesOf(current, input),
          ...(move !== undefined && { move }),
        });
        return redirectTo(
          services,
          request,
          reply,
          repositoryPath(changed, '/settings'),
          'repository-changed',
        );
      },
      (problem) => show(services, request, reply, input, problem),
    );
  });
}

const inputOf = (form: FormInput): GeneralInput => ({
  name: form.text('name'),
  slug: form.text('slug'),
  description: form.text('description'),
  visibility: form.text('visibility') === 'public' ? 'public' : 'private',
  mainBranch: form.text('mainbranch').trim(),
  project: form.text('project').trim(),
  projectWas: form.text('project_was'),
  hasWiki: form.ticked('wiki'),
});

async function readCurrent(services: Services, request: FastifyRequest): Promise<GeneralProps['current']> {
  const grant = grantOf(request, 'repository.update');
  const [repository, { mainBranch }] = await Promise.all([
    viewRepository(services, grant),
    viewRepositoryData(services, grant),
  ]);
  return {
    name: repository.name,
    slug: repository.slug,
    description: repository.description,
    visibility: repository.isPrivate ? 'private' : 'public',
    mainBranch: mainBranch ?? '',
    project: repository.project.key,
    projectName: repository.project.name,
    projectWas: repository.project.key,
    hasWiki: repository.hasWiki,
  };
}

/** Only what differs, so that the audit says what was changed and HEAD is not written for nothing. */
function changesOf(current: GeneralInput, typed: GeneralInput): Omit<RepositoryChanges, 'move'> {
  // Browsers send line breaks as CRLF.
  const input = {
    ...typed,
    slug: typed.slug.trim(),
    description: typed.description.replaceAll('\r\n', '\n'),
  };
  const differs = (field: keyof GeneralInput) => input[field] !== current[field];
  return {
    ...(differs('name') && { name: input.name }),
    ...(differs('slug') && { slug: input.slug }),
    ...(differs('description') && { description: input.description }),
    ...(differs('visibility') && { isPrivate: input.visibility === 'private' }),
    ...(differs('mainBranch') && input.mainBranch !== '' && { mainBranch: input.mainBranch }),
    ...(differs('hasWiki') && { hasWiki: input.hasWiki }),
  };
}

async function show(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  typed?: GeneralInput,
  problem?: Problem,
): Promise<FastifyReply> {
  const grant = grantOf(request, 'repository.update');
  const [facts] = grant.targets;
  const wrongIn = (name: string, value = ''): string => (errorIn(problem, name) === undefined ? '' : value);
  const [current, choices, moves] = await Promise.all([
    readCurrent(services, request),
    viewSettingsChoices(services, grant, {
      branch: wrongIn('mainbranch', typed?.mainBranch),
      project: wrongIn('project', typed?.project),
    }),
    mayMove(services, grant),
  ]);
  const body = generalBody({
    links: linksOf(facts),
    address: `${services.publicUrl}/${facts.workspace.slug}/`,
    current,
    input: typed ?? current,
    choices,
    mayMove: moves,
    problem,
  });
  const page = settingsPage(facts, 'general', { title: 'Settings', body });
  return sendPage(services, request, reply, page, problem === undefined ? 200 : statusOf(problem));
}
