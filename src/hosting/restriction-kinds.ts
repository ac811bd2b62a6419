import { MOVING_KINDS } from '../gate/index.ts';

/** Kinds of branch restriction that this host keeps. */
export const RESTRICTION_KINDS = [...MOVING_KINDS] as const;
export type RestrictionKind = (typeof RESTRICTION_KINDS)[number];
