/** Slowing down those who guess. */
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
