/** Jobs of CI systems that enter by the word of whoever runs them: issuers, trust policies, and what is exchanged. */
export {
  BadAssertion,
  digestOf,
  readAssertion,
  timeProblem,
  untilOf,
  type Assertion,
  type SignatureVerdict,
} from './assertion.ts';
export { claimText, inQuotes, subjectOf, type Claims } from './claims.ts';
export {
  chooseAudience,
  chooseConditions,
  conditionText,
  isExact,
  readCondition,
  type Condition,
} from './conditions.ts';
export { discoverKeys } from './discover.ts';
export {
  chooseImmutableClaims,
  chooseIssuer,
  insertIssuer,
  issuerNamed,
  issuersById,
  keepKeys,
  listIssuers,
  removeIssuer,
  type TokenIssuer,
} from './issuers.ts';
export { issueJobToken, jobTokenOf, livingJobTokens } from './job-tokens.ts';
export { judge, type Line } from './judge.ts';
export { parseKeySet } from './key-set.ts';
export { verify, type KeyReading } from './keys-in-force.ts';
export {
  insertPolicy,
  policiesById,
  policiesOf,
  policyCounts,
  revokePoliciesOf,
  type StandingPolicy,
  type TrustPolicy,
} from './policies.ts';
export { isPreset, ISSUER_PRESETS, PRESET_NAMES, type IssuerPreset, type PresetName } from './presets.ts';
export { lastRefused, RefusedTokens, type RefusedToken } from './refusals.ts';
export { forgetUsed, useOnce, wasUsed } from './used-assertions.ts';
