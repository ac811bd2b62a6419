import { createHash } from 'node:crypto';
import { describeScope, isAnyScope } from '../../gate/index.ts';
import { escapeText } from './objects/commit.ts';

interface Described {
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly { name: string; in: string; description?: string }[];
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly responses?: Readonly<Record<string, { description?: string }>>;
}

const STYLE = `:root{color-scheme:light dark;--line:#8884;--soft:#8881}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
code{font-family:ui-monospace,monospace;font-size:.9em;overflow-wrap:anywhere}
section{border:1px solid var(--line);border-radius:8px;padding:.75rem 1rem;margin:1rem 0}
h2{font-size:1.1rem;margin:0}h2 b{display:inline-block;min-width:4rem}
p,ul{margin:.4rem 0}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .5rem .2rem 0;vertical-align:top;border-top:1px solid var(--line)}
td:first-child,th:first-child{width:9rem}td:nth-child(2),th:nth-child(2){width:4rem}
.scopes code{background:var(--soft);border-radius:4px;padding:0 .3em}`;

/** The source of its one style sheet, for the content security policy. */
export const STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

/** The description of the API as a page for people, without anything that is fetched. */
export function descriptionPage(document: Readonly<Record<string, unknown>>): string {
  const paths = (document['paths'] ?? {}) as Readonly<Record<string, Readonly<Record<string, Described>>>>;
  const info = document['info'] as { title: string; description: string };
  const sections = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => section(method, path, described)),
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeText(info.title)}</title><style>${STYLE}</style></head>
<body><h1>${escapeText(info.title)}</h1>
<p>${escapeText(info.description)}</p>
<p>For machines: <a href="/2.0/openapi.json">openapi.json</a>. The same API answers under <code>/!api/2.0</code> and <code>/api/2.0</code>.</p>
${sections.join('\n')}
</body></html>
`;
}

function section(method: string, path: string, described: Described): string {
  const rows = (described.parameters ?? []).map(
    ({ name, in: place, description = '' }) =>
      `<tr><td><code>${escapeText(name)}</code></td><td>${escapeText(place)}</td><td>${escapeText(description)}</td></tr>`,
  );
  const table =
    rows.length === 0 ? '' : `<table><tr><th>Parameter</th><th>In</th><th></th></tr>${rows.join('')}</table>`;
  const note = described.description === undefined ? '' : `<p>${escapeText(described.description)}</p>`;
  return `<section><h2><b>${method.toUpperCase()}</b> <code>${escapeText(path)}</code></h2><p>${escapeText(described.summary ?? '')}</p>${note}<p class="scopes">${who(described)}</p>${table}</section>`;
}

function who({ security = [] }: Described): string {
  const open = security.some((one) => Object.keys(one).length === 0);
  const taken = security.flatMap((one) => Object.entries(one));
  const alike = Map.groupBy(taken, ([, scopes]) => scopes.map(scopeCode).join(' '));
  return [
    ...[...alike].map(([named, each]) => {
      const kinds = each.map(([kind]) => kind.replaceAll('_', ' ').replace(/^api /, 'API '));
      return `With ${escapeText(kinds.join(' or '))}.${named === '' ? '' : ` Scopes: ${named}.`}`;
    }),
    ...(open ? ['Without a credential: what is public.'] : []),
  ].join(' ');
}

const scopeCode = (scope: string): string =>
  `<code title="${escapeText(meaning(scope))}">${escapeText(scope)}</code>`;

const meaning = (scope: string): string => (isAnyScope(scope) ? describeScope(scope).meaning : '');
