import { attributes, html } from '../html.ts';
import type { Html, Renderable } from '../html.ts';
import { hiddenFields, submitRow } from './form.ts';

/** What is asked before something is done. */
export interface Question {
  /** As a question: "Revoke “nightly build”?" */
  readonly title: string;
  /** What will stop working, as sentences: "3 clients used this key in the last hour." */
  readonly consequences: readonly Renderable[];
  readonly action: string;
  readonly hidden?: Readonly<Record<string, string>> | undefined;
  /** "Revoke": the same word on the opener, so that one knows where one is. */
  readonly submitLabel: string;
  readonly danger?: boolean | undefined;
  /** Where "Cancel" leads on a page of its own. */
  readonly cancelHref: string;
}

export interface ConfirmProps extends Question {
  /** Unique on the page; ties the opener to its dialog. */
  readonly id: string;
  /** The page that asks the same without a script, made with {@link confirmBody}. */
  readonly pageHref: string;
  /** What it is about, read out after the label where a page has several of one label: "nightly build". */
  readonly what?: string | undefined;
}

/**
 * A link to the confirm page that the script turns into the opening of the dialog written beside it. The dialog opens on
 * Cancel: else a second press of Enter would do what nobody has read the question of.
 */
export function confirmOpener(props: ConfirmProps, label: string = props.submitLabel): Html {
  return html`<a class="button button-small ${props.danger && 'button-danger-quiet'}" href="${props.pageHref}" data-dialog-open="${props.id}" ${attributes({ 'aria-label': props.what === undefined ? null : `${label} ${props.what}` })}>${label}</a>
<dialog id="${props.id}" class="dialog" aria-labelledby="${props.id}-title"><h2 id="${props.id}-title">${props.title}</h2>${question(props, html`<button type="button" class="button button-quiet" data-dialog-close autofocus>Cancel</button>`)}</dialog>`;
}

/**
 * The same question as a whole page's body. A form whose answer depends on what was typed asks by it as well: it sends
 * itself along as `hidden`, with `confirmed`.
 */
export function confirmBody(props: Question): Html {
  return html`<div class="confirm"><h1>${props.title}</h1>${question(props, null)}</div>`;
}

function question(props: Question, closer: Html | null): Html {
  return html`${props.consequences.map((each) => html`<p>${each}</p>`)}
<form action="${props.action}" method="post">${hiddenFields(props.hidden)}${
    closer === null
      ? submitRow({ label: props.submitLabel, danger: props.danger, cancelHref: props.cancelHref })
      : html`<div class="submit-row"><button type="submit" class="button ${props.danger ? 'button-danger' : 'button-primary'}">${props.submitLabel}</button>${closer}</div>`
  }</form>`;
}
