import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RepositoryFacts } from '../../../gate/index.ts';
import { Problem } from '../../../problem.ts';
import type { Services } from '../../../services.ts';
import { errorBody } from '../pieces/index.ts';
import { sendPage } from '../respond.ts';
import { visibleName } from '../visible.ts';
import { repositoryPage, type Section } from './frame.ts';
import { linksOf, type Links } from './links.ts';

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
    const body = errorBody({
      status: 404,
      why: visibleName(section === 'pull-requests' ? error.message : sentence(error)),
      ...wayOn(section, links),
    });
    const page = repositoryPage(facts, section, { title: 'Not found', body });
    return sendPage(services, request, reply, page, 404);
  }
}

function wayOn(section: Section, links: Links) {
  if (section === 'wiki') {
    return {
      heading: 'This is not in the wiki.',
      whatToDo: 'It may have been renamed or deleted, or is still to be written.',
      actions: [{ label: 'Go to the wiki', href: links.wiki }],
    };
  }
  if (section === 'downloads') {
    return {
      heading: 'This is not among the downloads.',
      whatToDo: 'It may have been deleted, or is called otherwise.',
      actions: [{ label: 'See the downloads', href: links.downloads() }],
    };
  }
  if (section === 'pull-requests') {
    return {
      heading: 'This is not among the pull requests.',
      whatToDo: 'It may be one of another repository, or what it asks for may have been pruned.',
      actions: [{ label: 'See the pull requests', href: links.pullRequests() }],
    };
  }
  return {
    heading: 'This is not in the repository.',
    whatToDo: 'It may have been renamed or deleted, or lie on another branch.',
    actions: [
      { label: 'Go to the source', href: links.home },
      { label: 'See the branches', href: links.branches() },
    ],
  };
}

/** The words of the API for an unknown revision say less than people can use. */
function sentence(problem: Problem): string {
  const revisions: unknown = problem.data?.['shas'];
  if (!Array.isArray(revisions)) return problem.message;
  return `No branch, tag or commit is called “${revisions.map(String).join(', ').slice(0, 250)}”.`;
}
