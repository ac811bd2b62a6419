import { html, type Html } from '../html.ts';
import { copyLine, emptyState, pageHead } from '../pieces/index.ts';
import { places } from '../places.ts';

export interface EmptyProps {
  readonly name: string;
  readonly description: string;
  readonly address: string;
  readonly slug: string;
  /** What HEAD names: the branch to push. */
  readonly branch: string;
  readonly mayPush: boolean;
  /** Where an admin makes an access token. */
  readonly newTokenHref: string | undefined;
}

/** A repository in which nothing is yet: the lines that put the first commit there. */
export function emptyRepositoryBody(props: EmptyProps): Html {
  const head = pageHead({ title: props.name, lead: props.description !== '' && props.description });
  if (!props.mayPush) {
    return html`${head}${emptyState({
      title: 'This repository is empty',
      body: 'Nothing was pushed to it yet. Once somebody does, its files are here.',
    })}`;
  }
  return html`${head}<div class="first-push"><h2>This repository is empty</h2>
<p>Put the first commit into it from a shell. Git asks for a password: give it an <a href="${places.newAppPassword}">app password</a> of yours${
    props.newTokenHref !== undefined &&
    html`, or <a href="${props.newTokenHref}">create an access token</a> for a script that pushes by itself`
  }. The password of your account opens these pages only.</p>
<h3>A project that is a Git repository already</h3>${copyLine({
    label: 'Push an existing repository',
    showLabel: false,
    text: `git remote add origin ${props.address}\ngit push -u origin HEAD:${props.branch}`,
  })}
<h3>A new one</h3>${copyLine({
    label: 'Start a new repository',
    showLabel: false,
    text: `git clone ${props.address}\ncd ${props.slug}\necho "# ${props.slug}" > README.md\ngit add README.md\ngit commit -m "Begin"\ngit push -u origin HEAD:${props.branch}`,
  })}</div>`;
}
