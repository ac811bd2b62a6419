import { html } from '../html.ts';
import type { Html, Renderable } from '../html.ts';

export interface NoticeProps {
  readonly kind: 'info' | 'success' | 'warning' | 'danger';
  readonly title?: string | undefined;
  readonly body: Renderable;
}

const words = { info: 'Note', success: 'Done', warning: 'Take care', danger: 'Problem' } as const;

/** A sentence that stands out. The kind is said in a word, not by colour alone; a danger is announced at once. */
export function notice({ kind, title, body }: NoticeProps): Html {
  const role = kind === 'danger' ? 'alert' : kind === 'success' ? 'status' : 'note';
  return html`<div class="notice notice-${kind}" role="${role}"><strong>${title ?? words[kind]}</strong><div>${body}</div></div>`;
}
