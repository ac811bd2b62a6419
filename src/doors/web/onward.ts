import type { Carried } from './confirm/carried.ts';
import type { FormInput } from './form-input.ts';
import { localPath } from './local-path.ts';

/** Where a person goes on to once they have shown who they are: an address of ours, or the form that they had sent. */
export type Onward = { readonly next: string | undefined } | Carried;

/** As the fields of {@link onwardFields} say it; another site cannot send them (`isCrossSite`). */
export function onwardOf(form: FormInput): Onward {
  const action = localPath(form.text('action'));
  return action === undefined
    ? { next: localPath(form.text('next')) }
    : { action, fields: form.text('fields') };
}

/** What a form sends along so that its answer goes on to there. */
export function onwardFields(onward: Onward): Readonly<Record<string, string>> {
  if (!('next' in onward)) return { action: onward.action, fields: onward.fields };
  return onward.next === undefined ? {} : { next: onward.next };
}
