/** OAuth 2.0: consumers, what people let them do, and the codes and tokens that come of it. */
export { matchesCallback, sameOriginCallback } from './callback.ts';
export { chooseConsumer, type ConsumerInput } from './choices.ts';
export { createCode, redeemCode, type CodeRequest } from './codes.ts';
export {
  allowancesOf,
  consumersOfTokens,
  createConsent,
  endConsents,
  formerlyAllowed,
  pageOfAllowed,
  type Allowance,
  type Consent,
  type FormerlyAllowed,
  type NewConsent,
} from './consents.ts';
export {
  consumerById,
  consumerByKey,
  consumersById,
  consumersOfEach,
  deleteConsumer,
  insertConsumer,
  listConsumers,
  pageOfConsumers,
  updateConsumer,
  type Consumer,
} from './consumers.ts';
export {
  answerDevice,
  claimDevice,
  createDevice,
  deviceById,
  pollDevice,
  userCodeForm,
  type Device,
} from './devices.ts';
export { OauthError, type OauthErrorCode } from './oauth-error.ts';
export { readAsked, scopesAsked, type Asked } from './asked.ts';
export { readChallenge } from './pkce.ts';
export { removeEndedRequests } from './removal.ts';
export { issueForConsumer, rotate, type Issued, type Lifetimes, type Outcome } from './tokens.ts';
export {
  describeToken,
  endToken,
  tokenStanding,
  tokenStandings,
  type TokenDescription,
  type TokenStanding,
} from './token-state.ts';
