import { explain, type Refusal, type RefusalCode, type Refused } from '../../gate/index.ts';

/**
 * Refusals as Git shows them to people, over HTTP and SSH alike: the sentence that Bitbucket Cloud is known for comes
 * first, then what to do next.
 */

export const MISSING =
  'You may not have access to this repository or it no longer exists in this workspace. If you think this repository exists and you have access, make sure you are authenticated.';
/** What a client of Git LFS is told that asks of a wiki. */
export const NO_WIKI_LFS =
  'Wikis hold their files in Git itself: leave Git LFS out of them (git lfs migrate export).';
const UNKNOWN = 'Invalid credentials';
const READ_ONLY_KEY = 'repository access denied. access via a deployment key is read-only.';

const FIRST_LINES: Readonly<Record<RefusalCode, string | ((refusal: Refusal) => string)>> = {
  credentials_malformed: UNKNOWN,
  page_takes_no_credential: UNKNOWN,
  secret_not_ours: UNKNOWN,
  secret_unknown: UNKNOWN,
  credential_ended: UNKNOWN,
  user_name_wrong: UNKNOWN,
  secret_elsewhere: UNKNOWN,
  scheme_wrong: UNKNOWN,
  sign_in_needed: MISSING,
  credential_paused: (refusal) =>
    refusal.code === 'credential_paused' && refusal.from !== undefined
      ? 'This credential may not be used yet.'
      : 'This credential is paused.',
  account_disabled: 'This account is disabled.',
  password_change_needed: 'This account must change its password.',
  two_step_needed: 'To access this repository, enable two-step authentication.',
  confirmation_needed: 'This needs a fresh confirmation on the web pages.',
  asker_not_accepted: 'This credential cannot be used for this.',
  scope_missing: 'Your credentials lack one or more required privilege scopes.',
  target_missing: MISSING,
  out_of_bounds: 'Your credentials do not extend to this repository.',
  role_too_small: (refusal) =>
    `Access denied. You must have ${refusal.code === 'role_too_small' ? refusal.needed : 'more'} access to this repository.`,
  wiki_off: 'This repository has no wiki.',
};

/** Two lines. */
export function sentencesOf({ refusal, credential }: Refused): string {
  const isReadOnlyKey = refusal.code === 'role_too_small' && credential?.kind === 'access_key';
  const first = isReadOnlyKey ? READ_ONLY_KEY : FIRST_LINES[refusal.code];
  return `${typeof first === 'string' ? first : first(refusal)}\n${explain(refusal, credential)}`;
}
