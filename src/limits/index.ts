/** How often, and how many at once: slowing down those who guess, and having changes wait for each other. */
export { changeBesidePushes, changeInTurn } from './changes.ts';
export { mayBeMailed } from './notices.ts';
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
