import { attributes, html } from '../html.ts';
import type { Html, Renderable } from '../html.ts';
import { fields } from './field.ts';
import type { FieldProps } from './field-parts.ts';
import { notice } from './notice.ts';

export interface FormProps {
  /** For a button that stands outside the form and belongs to it. */
  readonly id?: string | undefined;
  readonly action: string;
  /** Default `post`. */
  readonly method?: 'get' | 'post' | undefined;
  /** With a field of the kind `file`. */
  readonly sendsFiles?: boolean | undefined;
  /** Sent along unseen: the token against cross-site requests, ids. Never a secret of a credential. */
  readonly hidden?: Readonly<Record<string, string>> | undefined;
  readonly fields?: readonly FieldProps[] | undefined;
  /** Anything that is not a plain list of fields, after them. */
  readonly body?: Html | undefined;
  /** What was wrong with the whole, above the fields. */
  readonly error?: Renderable;
  readonly submit: SubmitProps;
}

export interface SubmitProps {
  /** What the button does: "Create app password", never "OK". */
  readonly label: string;
  readonly danger?: boolean | undefined;
  readonly cancelHref?: string | undefined;
  /** Another button of the same form. */
  readonly besides?: Renderable;
}

/** Checked on the server alone (`novalidate`), so that everybody sees the same sentences. */
export function form(props: FormProps): Html {
  return html`<form class="form" ${attributes({ id: props.id, enctype: props.sendsFiles ? 'multipart/form-data' : null })} action="${props.action}" method="${props.method ?? 'post'}" novalidate>${hiddenFields(props.hidden)}${
    props.error && notice({ kind: 'danger', body: props.error })
  }${props.fields && fields(props.fields)}${props.body}${submitRow(props.submit)}</form>`;
}

export function submitRow({ label, danger, cancelHref, besides }: SubmitProps): Html {
  return html`<div class="submit-row"><button type="submit" class="button ${danger ? 'button-danger' : 'button-primary'}">${label}</button>${besides}${
    cancelHref !== undefined && html`<a class="button button-quiet" href="${cancelHref}">Cancel</a>`
  }</div>`;
}

export function hiddenFields(values: Readonly<Record<string, string>> | undefined): Html {
  return html`${Object.entries(values ?? {}).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}`;
}
