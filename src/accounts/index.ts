/** Accounts: people, their passwords and their sessions. */
export {
  accountRow,
  accountRowById,
  accountRowForSignIn,
  anyAccount,
  createAccount,
  findAccount,
  listAccounts,
  setAccountState,
  setPassword,
  subjectFrom,
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
export { hashPassword, verifyNothing, verifyPassword } from './password.ts';
export {
  endSessions,
  findSession,
  isSessionLive,
  listSessions,
  startSession,
  type Session,
} from './sessions.ts';
