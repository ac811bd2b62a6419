import { html } from '../html.ts';
import type { Html, Renderable } from '../html.ts';
import { pagination } from './pagination.ts';
import type { PaginationProps } from './pagination.ts';

export interface Column<Row> {
  readonly label: string;
  readonly cell: (row: Row) => Renderable;
  /** `end` for numbers. */
  readonly align?: 'end' | undefined;
  /** `href` sorts by this column, or turns the order round; `direction` only on the column sorted by. */
  readonly sort?:
    | { readonly href: string; readonly direction?: 'ascending' | 'descending' | undefined }
    | undefined;
  /** For a column of buttons: the heading is read out but not shown. */
  readonly quietLabel?: boolean | undefined;
}

export interface TableProps<Row> {
  /** What the table lists; read out, and shown unless `quietCaption`. */
  readonly caption: string;
  readonly quietCaption?: boolean | undefined;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** Shown instead of the table when there are no rows. */
  readonly empty: Html;
  readonly pages?: PaginationProps | undefined;
}

/** The first column names the row (a row header). At phone width each row is a card whose values carry their column's label. */
export function table<Row>(props: TableProps<Row>): Html {
  if (props.rows.length === 0) return props.empty;
  return html`<div class="table-box"><table class="table"><caption class="${props.quietCaption ? 'hidden-words' : ''}">${props.caption}</caption>
<thead><tr>${props.columns.map(heading)}</tr></thead>
<tbody>${props.rows.map(
    (row) =>
      html`<tr>${props.columns.map((column, index) =>
        index === 0
          ? html`<th scope="row" class="${side(column)}">${column.cell(row)}</th>`
          : html`<td class="${side(column)}" data-label="${column.quietLabel ? '' : column.label}">${column.cell(row)}</td>`,
      )}</tr>\n`,
  )}</tbody></table>${props.pages && pagination(props.pages)}</div>`;
}

function heading<Row>(column: Column<Row>): Html {
  const direction = column.sort?.direction;
  const label = column.quietLabel
    ? html`<span class="hidden-words">${column.label}</span>`
    : html`${column.label}`;
  const arrow = direction && html` <span aria-hidden="true">${direction === 'ascending' ? '↑' : '↓'}</span>`;
  return html`<th scope="col" class="${side(column)}" ${direction && html`aria-sort="${direction}"`}>${
    column.sort ? html`<a href="${column.sort.href}">${label}${arrow}</a>` : label
  }</th>`;
}

function side<Row>(column: Column<Row>): string {
  return column.align === 'end' ? 'end' : '';
}
