import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RepositoryFacts } from '../../../gate/index.ts';
import { Problem } from '../../../problem.ts';
import type { Services } from '../../../services.ts';
import { errorBody } from '../pieces/index.ts';
import { sendPage } from '../respond.ts';
import { visibleName } from '../visible.ts';
import { repositoryPage, type Section } from './frame.ts';
import { linksOf } from './links.ts';

/**
 * Answers what the work answers. Where it finds no such branch, commit, file or page in a repository that the reader may
 * see, it says so within that repository, so that the way on is one click.
 */
export async function orMissing(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  place: { readonly facts: RepositoryFacts; readonly section: Section },
  work: () => Promise<FastifyReply>,
): Promise<FastifyReply> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'not_found') throw error;
    const { facts, section } = place;
    const links = linksOf(facts);
    const inWiki = section === 'wiki';
    const body = errorBody({
      status: 404,
      heading: inWiki ? 'This is not in the wiki.' : 'This is not in the repository.',
      why: visibleName(sentence(error)),
      whatToDo: inWiki
        ? 'It may have been renamed or deleted, or is still to be written.'
        : 'It may have been renamed or deleted, or lie on another branch.',
      actions: inWiki
        ? [{ label: 'Go to the wiki', href: links.wiki }]
        : [
            { label: 'Go to the source', href: links.home },
            { label: 'See the branches', href: links.branches() },
          ],
    });
    const page = repositoryPage(facts, section, { title: 'Not found', body });
    return sendPage(services, request, reply, page, 404);
  }
}

/** The words of the API for an unknown revision say less than people can use. */
function sentence(problem: Problem): string {
  const revisions: unknown = problem.data?.['shas'];
  if (!Array.isArray(revisions)) return problem.message;
  return `No branch, tag or commit is called “${revisions.map(String).join(', ').slice(0, 250)}”.`;
}
