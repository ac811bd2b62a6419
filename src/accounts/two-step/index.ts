/** What stands beside the password: codes of an app, passkeys and security keys, recovery codes. */
export { appSince, confirmSeed, proposedSeed, proposeSeed, removeApp, takeAppCode } from './app.ts';
export {
  addPasskey,
  choosePasskeyName,
  listPasskeys,
  MOST_PASSKEYS,
  notePasskeyUse,
  removePasskeys,
  renamePasskey,
  type Passkey,
} from './passkeys.ts';
export {
  isRecoveryCode,
  RECOVERY_CODES,
  recoveryCodesLeft,
  replaceRecoveryCodes,
  takeRecoveryCode,
} from './recovery.ts';
export { relyingPartyOf, type RelyingParty } from './relying-party.ts';
export { removeTwoStep, settleTwoStep, viewTwoStep, type TwoStep } from './state.ts';
export { isAppCode, seedAddress } from './totp.ts';
export { takeChallenge } from './challenge.ts';
export {
  askForNewPasskey,
  askForPasskey,
  readAssertion,
  readNewPasskey,
  takeAssertion,
  type HeldAssertion,
  type PasskeyRequest,
} from './webauthn.ts';
