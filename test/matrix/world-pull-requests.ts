import { insertComment, insertPullRequest, insertTask } from '../../src/pull-requests/index.ts';
import type { Services } from '../../src/services.ts';
import { NOON } from './lay.ts';

/** What requests name of the pull request that every repository has. All numbers, as addresses have them. */
export interface Proposed {
  readonly pullRequest: string;
  /** By the path of the repository: the id of a comment, of another one, which is resolved, and of a task. */
  readonly comment: Readonly<Record<string, string>>;
  readonly resolvedComment: Readonly<Record<string, string>>;
  readonly task: Readonly<Record<string, string>>;
}

/** The branch that is proposed for `main`. */
export const SOURCE_BRANCH = 'proposed';

/** Full hashes of both branches. */
export interface Tips {
  readonly source: string;
  readonly destination: string;
}

export class ProposedRows {
  readonly #services: Services;
  /** Everybody's role is tried out on what is nobody's own. */
  readonly #author = { actor_type: 'account', actor_id: 'gone' } as const;
  readonly #comment: Record<string, string> = {};
  readonly #resolvedComment: Record<string, string> = {};
  readonly #task: Record<string, string> = {};

  constructor(services: Services) {
    this.#services = services;
  }

  /** An open pull request from `proposed`, whose tip is given, to `main`, with a comment that is open, one that is resolved, and a task. */
  async addTo(
    repository: { readonly id: string; readonly path: string },
    { source, destination }: Tips,
  ): Promise<void> {
    const author = this.#author;
    await this.#services.database.transaction().execute(async (trx) => {
      const made = await insertPullRequest(
        trx,
        {
          repositoryId: repository.id,
          title: 'To look at',
          description: '',
          isDraft: false,
          sourceBranch: SOURCE_BRANCH,
          destinationBranch: 'main',
          sourceCommit: source,
          destinationCommit: destination,
          closesSourceBranch: false,
          author,
          credentialId: null,
        },
        NOON,
      );
      const said = { parentId: null, author, content: 'Said', path: null, from: null, to: null };
      const comment = await insertComment(trx, made, said, NOON);
      const resolved = await insertComment(trx, made, said, NOON);
      await trx
        .updateTable('pull_request_comment')
        .set({ resolved_at: NOON, resolver_type: author.actor_type, resolver_id: author.actor_id })
        .where('id', '=', resolved.id)
        .execute();
      const task = await insertTask(trx, made, { commentId: null, creator: author, content: 'To do' }, NOON);
      this.#comment[repository.path] = String(comment.id);
      this.#resolvedComment[repository.path] = String(resolved.id);
      this.#task[repository.path] = String(task.id);
    });
  }

  made(): Proposed {
    return {
      pullRequest: '1',
      comment: this.#comment,
      resolvedComment: this.#resolvedComment,
      task: this.#task,
    };
  }
}
