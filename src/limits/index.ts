/** Slowing down those who guess. */
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
