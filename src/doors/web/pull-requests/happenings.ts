import type { People } from '../../../acts/pull-requests/people.ts';
import type { Activity } from '../../../acts/pull-requests/happened.ts';
import { shortened } from '../../shared/shortened.ts';
import { html, type Html, type Renderable } from '../html.ts';
import { visibleName, visibleText } from '../visible.ts';
import type { Happening } from './overview-view.ts';
import { person } from './people.ts';

/** In characters, of a text that was changed. */
const LONGEST = 120;

/** What happened, each in words. */
export const happeningsOf = (activity: readonly Activity[], people: People): readonly Happening[] =>
  activity.map((each) => ({
    id: each.id,
    at: each.at,
    // Who pushes with an access key is nobody here, and neither is the host itself.
    words: html`${person(people(each.actor), 'A push')} ${wordsOf(each)}`,
  }));

function wordsOf(activity: Activity): Renderable {
  if (activity.kind !== 'update' && activity.kind !== 'push')
    return activity.kind === 'approval' ? 'approved it' : 'requested changes';
  const { changes, state, reason } = activity.detail;
  const changed = Object.entries(changes);
  if (state === 'declined' && (changed.length === 0 || 'status' in changes || 'state' in changes))
    return html`declined it${reason !== '' && html`: ${visibleText(shortened(reason, LONGEST))}`}`;
  if (state === 'merged' && (changed.length === 0 || 'status' in changes || 'state' in changes))
    return 'merged it';
  if (changed.length === 0) return 'opened it';
  return changed.map(([name, change], index) => html`${index > 0 && '; '}${changeWords(name, change)}`);
}

function changeWords(name: string, { old, new: now }: { readonly old: string; readonly new: string }): Html {
  const quoted = (text: string) => html`“${visibleName(shortened(text, LONGEST))}”`;
  switch (name) {
    case 'title':
      return html`changed the title from ${quoted(old)} to ${quoted(now)}`;
    case 'description':
      return html`changed the description`;
    default:
      return html`changed ${name.replaceAll('_', ' ')} from ${quoted(old)} to ${quoted(now)}`;
  }
}
