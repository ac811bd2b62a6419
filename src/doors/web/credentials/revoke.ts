import type { Usage } from '../../../acts/credentials/uses.ts';
import type { Credential } from '../../../credentials/index.ts';
import type { Renderable } from '../html.ts';
import { whatStops } from './what-stops.ts';

/** What is known besides of a credential that is asked about; a list asks nothing yet. */
export interface Seen {
  readonly usage?: Usage;
  /** What is not ended with it (`goesOnBeside`). */
  readonly beside?: readonly Renderable[];
}

/** What stops when a credential is revoked, for the question before it. */
export const revokeConsequences = (
  credential: Credential,
  now: Date,
  { usage, beside = [] }: Seen = {},
): readonly Renderable[] => [
  whatStops(credential, usage, now),
  ...beside,
  'This cannot be undone: to let something in again, make a new one.',
];
