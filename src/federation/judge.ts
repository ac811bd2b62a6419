import { audiencesOf, claimInWords, inQuotes, type Claims } from './claims.ts';
import { holds } from './conditions.ts';
import type { TrustPolicy } from './policies.ts';

/** One thing that was looked at, and what was found. */
export interface Line {
  /** "audience", "claim repository_id". */
  readonly what: string;
  readonly holds: boolean;
  /** A sentence on what is demanded and what the token has. */
  readonly says: string;
}

/** Holds what a token says against what a policy demands, line by line; all must hold. */
export function judge(policy: Pick<TrustPolicy, 'audience' | 'conditions'>, claims: Claims): readonly Line[] {
  const audiences = audiencesOf(claims);
  const has = audiences.length === 0 ? 'it has none' : audiences.map((each) => inQuotes(each)).join(', ');
  return [
    {
      what: 'audience',
      holds: audiences.includes(policy.audience),
      says: `It must be ${inQuotes(policy.audience)}; in the token: ${has}.`,
    },
    ...policy.conditions.map((condition) => ({
      what: `claim ${condition.claim}`,
      holds: holds(condition, claims),
      says: `It must be ${inQuotes(condition.pattern)}; in the token: ${claimInWords(claims, condition.claim)}.`,
    })),
  ];
}
