import { html } from '../html.ts';
import type { Html, Renderable } from '../html.ts';

export interface ErrorBodyProps {
  readonly status: number;
  /** What happened: "There is nothing here." */
  readonly heading: string;
  /** Why, if the reader may know. */
  readonly why?: Renderable;
  readonly whatToDo: Renderable;
  readonly actions?: readonly { readonly label: string; readonly href: string }[] | undefined;
  readonly requestId?: string | undefined;
  /** 1 on a page of its own, which is the default. */
  readonly headingLevel?: 1 | 3 | undefined;
}

export function errorBody(props: ErrorBodyProps): Html {
  return html`<div class="error-page"><p class="error-status">${props.status}</p>${props.headingLevel === 3 ? html`<h3>${props.heading}</h3>` : html`<h1>${props.heading}</h1>`}${props.why && html`<p>${props.why}</p>`}<p>${props.whatToDo}</p>${
    props.actions &&
    html`<p class="submit-row">${props.actions.map((action, index) => html`<a class="button ${index === 0 && 'button-primary'}" href="${action.href}">${action.label}</a> `)}</p>`
  }${props.requestId !== undefined && html`<p class="quiet">Request <code>${props.requestId}</code></p>`}</div>`;
}
