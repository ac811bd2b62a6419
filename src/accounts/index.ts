/** Accounts: people, their passwords and their sessions. */
export {
  accountRow,
  accountRowById,
  accountRowForSignIn,
  anyAccount,
  createAccount,
  accountsOfEach,
  findAccount,
  pageOfAccounts,
  setAccountState,
  setPassword,
  subjectById,
  subjectsOfEach,
  updateProfile,
  type Account,
} from './account.ts';
export {
  chooseDisplayName,
  chooseEmail,
  choosePassword,
  chooseUsername,
  PASSWORD_MINIMUM,
} from './choices.ts';
export { hostRequiresTwoStep, setHostRequiresTwoStep } from './host-policy.ts';
export { isKnownBrowser, nameOfBrowser, rememberBrowser } from './known-browsers.ts';
export { setWantsMail, wantsMail, whoWantsMail } from './unwanted-mail.ts';
export {
  findPendingSignIn,
  startPendingSignIn,
  takePendingSignIn,
  type PendingSignIn,
} from './pending-sign-in.ts';
export {
  endPasswordResets,
  findPasswordReset,
  INVITATION_DAYS,
  RESET_MINUTES,
  startPasswordReset,
  takePasswordReset,
} from './password-reset.ts';
export { hashPassword, verifyNothing, verifyPassword } from './password.ts';
export {
  confirmSession,
  endSessions,
  findSession,
  findSessionAgain,
  pageOfSessions,
  passTwoStep,
  startSession,
  type LiveSession,
  type Session,
  type SessionPage,
} from './sessions.ts';
export * from './two-step/index.ts';
