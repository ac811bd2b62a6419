import { MOVING_KINDS } from '../gate/index.ts';
import { MERGE_CHECK_KINDS, RESETTING_KINDS } from '../pull-requests/merge-checks.ts';

/** Kinds of branch restriction that this host keeps. What `enforce_merge_checks` asks for is so in any case. */
export const RESTRICTION_KINDS = [
  ...MOVING_KINDS,
  ...MERGE_CHECK_KINDS,
  ...RESETTING_KINDS,
  'enforce_merge_checks',
] as const;
export type RestrictionKind = (typeof RESTRICTION_KINDS)[number];
