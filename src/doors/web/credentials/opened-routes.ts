import { declarationOf, type OperationName } from '../../../gate/index.ts';
import type { DeclaredRoute } from '../../shared/policy.ts';
import { html, type Html } from '../html.ts';

/** What Git does that is one operation each. */
const GIT_VERBS: Partial<Readonly<Record<OperationName, string>>> = {
  'repository.fetch': 'git clone, git fetch, git pull, git ls-remote',
  'repository.push': 'git push',
  'lfs.download': 'git lfs fetch, git lfs pull',
  'lfs.upload': 'git lfs push',
  'lfs_lock.list': 'git lfs locks',
  'lfs_lock.change': 'git lfs lock, git lfs unlock',
  'lfs_lock.break': 'git lfs unlock --force',
  'wiki.fetch': 'git clone, git fetch, git pull of …/wiki',
  'wiki.push': 'git push of …/wiki',
};

const API = '/2.0/';

/** A route as documentation writes it: `{workspace}` for what stands in its place. */
const written = (url: string): string => url.replaceAll(/:(\w+)/g, '{$1}').replaceAll('*', '{path}');

/** The operations with every Git verb and REST route that they are, from what the doors declared. */
export function openedRoutes(operations: readonly OperationName[], routes: readonly DeclaredRoute[]): Html {
  return html`<ul class="plain-list opened">${operations.map((operation) => {
    const verbs = GIT_VERBS[operation];
    const calls = [
      ...new Set(
        routes
          .filter(
            ({ operation: asked, url, method }) =>
              asked === operation && url.startsWith(API) && method !== 'HEAD' && method !== 'OPTIONS',
          )
          .map(({ method, url }) => `${method} ${written(url)}`),
      ),
    ];
    return html`<li>${declarationOf(operation).does}${verbs !== undefined && html`: <code>${verbs}</code>`}${
      calls.length > 0 &&
      html`<ul class="routes">${calls.map((call) => html`<li><code>${call}</code></li>`)}</ul>`
    }</li>`;
  })}</ul>`;
}
