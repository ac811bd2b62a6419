/** The one way in. */
export { claim } from './claim.ts';
export {
  decideAgain,
  enter,
  enterAgain,
  enterAsJob,
  enterAsOperator,
  enterFurther,
  enterOr,
  type EntryRequest,
} from './enter.ts';
export { examine, type Examination, type ExaminationRequest, type Examined } from './examine.ts';
export type { Gateway } from './gateway.ts';
export { agentOf } from './record.ts';
export { isLiveKey, type Surface } from './identify.ts';
export {
  publicClientId,
  readAuthorization,
  readClientCredentials,
  readSessionCookie,
  type Presented,
} from './presented.ts';
export { fingerprintOf, keyProvenToOpenSsh, offeredKey, ProvenKey, proveKey } from './proven-key.ts';
