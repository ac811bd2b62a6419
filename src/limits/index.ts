/** Slowing down those who guess. */
export { takeOnce } from './once.ts';
export {
  beginAttempt,
  confirmationLimits,
  deviceCodeLimits,
  networkOf,
  passkeyLimits,
  passwordLimits,
  resetLimits,
  secondStepLimits,
  type Origin,
} from './sign-in.ts';
