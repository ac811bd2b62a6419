import type { Repository } from '../../hosting/index.ts';
import { firstLine } from './first-line.ts';
import { html, type Html } from './html.ts';
import { table, time, type PaginationProps } from './pieces/index.ts';
import { repositoryPath } from './places.ts';

/** Repositories by name, with what they are for and when they changed. */
export function repositoryTable(props: {
  readonly caption: string;
  readonly repositories: readonly Repository[];
  /** For lists over all workspaces. */
  readonly withWorkspace?: boolean;
  readonly pages?: PaginationProps;
  readonly empty: Html;
  readonly now: Date;
}): Html {
  return table({
    caption: props.caption,
    quietCaption: true,
    rows: props.repositories,
    empty: props.empty,
    pages: props.pages,
    columns: [
      {
        label: 'Repository',
        cell: (repository) =>
          html`<a href="${repositoryPath(repository)}">${props.withWorkspace === true && `${repository.workspace.slug}/`}${repository.slug}</a>${!repository.isPrivate && html` <span class="badge">Public</span>`}`,
      },
      {
        label: 'Description',
        cell: ({ description, name, slug }) => {
          const shown = firstLine(description) || (name === slug ? '' : name);
          return shown !== '' && html`<span class="quiet">${shown}</span>`;
        },
      },
      { label: 'Project', cell: ({ project }) => project.name },
      {
        label: 'Changed',
        align: 'end',
        cell: ({ updatedAt }) => time({ at: new Date(updatedAt), now: props.now }),
      },
    ],
  });
}
