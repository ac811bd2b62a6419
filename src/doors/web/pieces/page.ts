import { assets } from '../assets.ts';
import { attributes, html } from '../html.ts';
import type { Html, Renderable } from '../html.ts';
import { places } from '../places.ts';
import { breadcrumbs } from './breadcrumbs.ts';
import type { Crumb } from './breadcrumbs.ts';
import { hiddenFields } from './form.ts';
import { notice } from './notice.ts';
import type { NoticeProps } from './notice.ts';
import { rail } from './rail.ts';
import type { RailProps } from './rail.ts';
import { tabs } from './tabs.ts';
import type { Tab } from './tabs.ts';
import { topBar } from './top-bar.ts';
import type { TopBarProps } from './top-bar.ts';

export type Theme = 'system' | 'light' | 'dark';

export interface PageProps extends TopBarProps {
  /** Without the name of the product, which is added. */
  readonly title: string;
  readonly body: Html;
  readonly breadcrumbs?: readonly Crumb[] | undefined;
  /** Stands at the right of the breadcrumbs: the clone box, a badge. */
  readonly placeAside?: Renderable;
  readonly tabs?: readonly Tab[] | undefined;
  readonly rail?: RailProps | undefined;
  readonly notice?: NoticeProps | undefined;
  /** `reading` (default) is one column for text; `full` is for code and tables; `narrow` for signing in. */
  readonly width?: 'narrow' | 'reading' | 'full' | undefined;
  /** From the visitor's cookie; default `system`. */
  readonly theme?: Theme | undefined;
  /** The path and query of this page, to come back to after switching the theme. */
  readonly path?: string | undefined;
  /** Addresses of further scripts of our own. */
  readonly scripts?: readonly string[] | undefined;
}

/** A whole page. The body holds the one `h1`. Nothing in it needs inline script or style. */
export function page(props: PageProps): Html {
  const theme = props.theme ?? 'system';
  return html`<!doctype html>
<html lang="en" ${attributes({ 'data-theme': theme === 'system' ? null : theme })}>
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${props.title} · Latchkey</title><meta name="color-scheme" content="light dark"><link rel="stylesheet" href="${assets.style.url}"><link rel="icon" type="image/svg+xml" href="${assets.mark.url}"><script src="${assets.script.url}" defer></script>${props.scripts?.map((address) => html`<script src="${address}" defer></script>`)}</head>
<body><a class="skip-link" href="#main">Skip to the content</a>
${topBar(props)}
${(props.breadcrumbs ?? props.tabs) && html`<section class="place" aria-label="Where you are"><div class="place-row">${props.breadcrumbs && breadcrumbs(props.breadcrumbs)}${props.placeAside}</div>${props.tabs && tabs(props.tabs)}</section>`}
<div class="layout layout-${props.width ?? 'reading'} ${props.rail && 'layout-rail'}">${props.rail && rail(props.rail)}<main id="main" tabindex="-1">${props.notice && notice(props.notice)}${props.body}</main></div>
<footer class="footer"><span>Latchkey</span><a href="${places.apiDescription}">API description</a>${themeSwitch(theme, props)}</footer>
</body></html>`;
}

const themes: readonly (readonly [value: Theme, word: string])[] = [
  ['system', 'System'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

function themeSwitch(theme: Theme, props: PageProps): Html {
  return html`<form class="theme-switch" action="${places.theme}" method="post" data-theme-switch>${hiddenFields(props.formFields)}${
    props.path !== undefined && hiddenFields({ return_to: props.path })
  }<span id="theme-label">Colours</span><div class="segments" role="group" aria-labelledby="theme-label">${themes.map(
    ([value, word]) =>
      html`<button type="submit" name="theme" value="${value}" aria-pressed="${value === theme ? 'true' : 'false'}">${word}</button>`,
  )}</div></form>`;
}
