import { places } from '../places.ts';

/**
 * Where the answer to a form with this action (a path and query of ours) may lead, for the policy of a page that sends such a
 * form again: an authorization request ends at its callback, which is judged where the form is taken.
 */
export function leadsTo(action: string): readonly string[] {
  const [path, query] = action.split('?', 2);
  if (path !== places.authorize) return [];
  const callback = URL.parse(new URLSearchParams(query).get('redirect_uri') ?? '');
  return callback === null ? ['https:', 'http:'] : [callback.protocol];
}
