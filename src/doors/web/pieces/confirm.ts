import { attributes, html } from '../html.ts';
import type { Html, Renderable } from '../html.ts';
import type { FieldProps } from './field-parts.ts';
import { fields } from './field.ts';
import { hiddenFields, submitRow } from './form.ts';

/** What is asked before something is done. */
export interface Question {
  /** As a question: "Revoke “nightly build”?" */
  readonly title: string;
  /** What will stop working, as sentences: "3 clients used this key in the last hour." */
  readonly consequences: readonly Renderable[];
  readonly action: string;
  readonly hidden?: Readonly<Record<string, string>> | undefined;
  /** What one may say to it. */
  readonly fields?: readonly FieldProps[] | undefined;
  /** "Revoke": the same word on the opener, so that one knows where one is. */
  readonly submitLabel: string;
  readonly danger?: boolean | undefined;
  /** Where "Cancel" leads; in a dialog it closes that. */
  readonly cancelHref: string;
}

export interface ConfirmProps extends Question {
  /** The page that asks it, made with {@link confirmBody}. */
  readonly pageHref: string;
  /** What it is about, read out after the label where a page has several of one label: "nightly build". */
  readonly what?: string | undefined;
}

/**
 * A link to the page that asks. The script asks the same in a dialog, which it makes of that page when the link is followed:
 * a list would carry a question for each of its lines, and nearly all of them for nothing.
 */
export const confirmOpener = (props: ConfirmProps, label: string = props.submitLabel): Html =>
  html`<a class="button button-small ${props.danger && 'button-danger-quiet'}" href="${props.pageHref}" data-asks ${attributes({ 'aria-label': props.what === undefined ? null : `${label} ${props.what}` })}>${label}</a>`;

/**
 * The question as a whole page's body. A form whose answer depends on what was typed asks by it as well: it sends itself
 * along as `hidden`, with `confirmed`.
 */
export const confirmBody = (props: Question): Html =>
  html`<div class="confirm" data-question><h1>${props.title}</h1>${props.consequences.map((each) => html`<p>${each}</p>`)}
<form action="${props.action}" method="post" novalidate>${hiddenFields(props.hidden)}${props.fields && fields(props.fields)}${submitRow({ label: props.submitLabel, danger: props.danger, cancelHref: props.cancelHref })}</form></div>`;
