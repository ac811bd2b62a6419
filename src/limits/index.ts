/** Slowing down those who guess. */
export { forgetOldAttempts } from './attempts.ts';
export {
  beginAttempt,
  confirmationLimits,
  deviceCodeLimits,
  networkOf,
  passkeyLimits,
  passwordLimits,
  secondStepLimits,
  type Origin,
} from './sign-in.ts';
