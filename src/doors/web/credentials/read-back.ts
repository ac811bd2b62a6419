import type { CredentialKind } from '../../../gate/index.ts';
import { html, type Html } from '../html.ts';
import type { KeyChooserProps } from './chooser.ts';
import { openedBy } from './scopes.ts';

/** Ties the button beside the form to it. */
export const FORM_ID = 'new-key';

/** What a key could do that its job probably need not. */
const DOUBTS: readonly {
  readonly kinds: readonly CredentialKind[];
  readonly about: (scopes: readonly string[]) => boolean;
  readonly says: string;
}[] = [
  {
    kinds: ['app_password', 'repository_access_token'],
    about: (scopes) => scopes.includes('repository:delete'),
    says: 'It could delete repositories. Hardly a script has to.',
  },
  {
    kinds: ['app_password', 'repository_access_token'],
    about: (scopes) => scopes.includes('repository:admin'),
    says: 'It could change settings, such as making a repository public.',
  },
  {
    kinds: ['app_password', 'repository_access_token'],
    about: (scopes) => scopes.includes('repository:write'),
    says: 'It could push. To build or deploy, “Clone and fetch” is enough.',
  },
  {
    kinds: ['app_password'],
    about: (scopes) => scopes.some((scope) => scope.startsWith('repository') || scope === 'wiki'),
    says: 'It goes wherever you may go. For a job in one repository, an access token of that repository is narrower.',
  },
];

/**
 * The whole key read back beside its form. Without the script it is what the server knew when it made the page, and the
 * button asks anew; with it, it follows every change.
 */
export function readBack(props: KeyChooserProps, scopes: readonly string[]): Html {
  const { kind, typed, where, until } = props;
  const label = typed.label.trim();
  const doubts = DOUBTS.filter(({ kinds, about }) => kinds.includes(kind) && about(scopes));
  return html`<div class="stack" data-read-back><h2>${label === '' ? 'The key, read back' : `“${label}”`}</h2>${
    scopes.length === 0
      ? html`<p>Opens nothing so far. Choose the least that does the work: a key that only reads cannot break anything when it leaks.</p>`
      : html`<div><p>Will be able to:</p><ul class="plain-list">${openedBy(kind, scopes).map((does) => html`<li>${does}</li>`)}</ul></div><p>${where.summary}. ${until.summary}.</p>`
  }${
    doubts.length > 0 &&
    html`<div><p><strong>Does it need this?</strong></p><ul class="plain-list">${doubts.map(({ says }) => html`<li>${says}</li>`)}</ul></div>`
  }<p class="quiet">No key can sign in here, see or make other keys, or manage a workspace.</p></div>${
    props.readsBack === true &&
    html`<p><button type="submit" class="button button-small" form="${FORM_ID}" name="read_back" value="1" data-read-back-button>Read it back</button></p>`
  }`;
}
