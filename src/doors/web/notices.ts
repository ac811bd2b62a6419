import type { NoticeProps } from './pieces/index.ts';

/**
 * What a page may say after a redirect. The cookie between the two carries a name from here, so that nobody can put
 * words into our mouth. Give the name to `redirectTo`; add a line where a page needs one.
 */
const NOTICES = {
  'sign-in-needed': { kind: 'info', body: 'Sign in to go on.' },
  'signed-out': { kind: 'success', body: 'You have signed out.' },
  'password-change-needed': {
    kind: 'info',
    body: 'This password is good for one sign-in. Choose your own to go on.',
  },
  'two-step-needed': {
    kind: 'info',
    body: 'This host asks for two-step verification of everybody. Set it up to go on.',
  },
  'sign-in-again': {
    kind: 'info',
    body: 'This sign-in took too long or was completed elsewhere. Begin again.',
  },
  'two-step-changed': { kind: 'success', body: 'Two-step verification is changed.' },
  'two-step-off': {
    kind: 'success',
    body: 'Two-step verification is off: your password alone signs in. Your recovery codes no longer work.',
  },
  'two-step-reset': {
    kind: 'success',
    body: 'Two-step verification is removed from the account, and its sessions have ended. The password alone signs in.',
  },
  'passkey-named': { kind: 'success', body: 'The name is changed.' },
  'host-policy-changed': { kind: 'success', body: 'What this host asks of everybody is changed.' },
  'password-changed': {
    kind: 'success',
    body: 'Your password is changed, and your other sessions have ended.',
  },
  'password-chosen': {
    kind: 'success',
    body: 'Your password is changed, and all your sessions have ended. Sign in with the new one.',
  },
  'first-password-chosen': { kind: 'success', body: 'Your password is set. Sign in with it.' },
  'profile-changed': { kind: 'success', body: 'Your profile is changed.' },
  'session-ended': { kind: 'success', body: 'The session has ended.' },
  'sessions-ended': { kind: 'success', body: 'All your other sessions have ended.' },
  'account-disabled': {
    kind: 'success',
    body: 'The account is disabled. Its sessions have ended, and everything that acts for it is refused.',
  },
  'account-enabled': { kind: 'success', body: 'The account is enabled.' },
  'app-password-revoked': {
    kind: 'success',
    body: 'The app password is revoked. Whatever used it is refused from now on.',
  },
  'api-token-revoked': {
    kind: 'success',
    body: 'The API token is revoked. Whatever used it is refused from now on.',
  },
  'application-revoked': {
    kind: 'success',
    body: 'What the application was allowed is revoked. All its tokens are refused from now on.',
  },
  'consumer-created': { kind: 'success', body: 'The consumer is added. Its key is below.' },
  'consumer-changed': {
    kind: 'success',
    body: 'The consumer is changed. What it lost, its tokens have lost as well.',
  },
  'consumer-deleted': { kind: 'success', body: 'The consumer is deleted, and all its tokens with it.' },
  'ssh-key-added': {
    kind: 'success',
    body: 'The SSH key is added. It opens what you may open, from the next connection on.',
  },
  'ssh-key-revoked': {
    kind: 'success',
    body: 'The SSH key is revoked. Whatever used it is refused from now on.',
  },
  'access-key-added': {
    kind: 'success',
    body: 'The access key is added and works from the next connection on.',
  },
  'access-key-removed': {
    kind: 'success',
    body: 'The access key opens this no longer. Whatever used it here is refused from now on.',
  },
  'access-key-revoked': {
    kind: 'success',
    body: 'The access key is taken away wherever you administer it. Whatever used it there is refused from now on.',
  },
  'credential-paused': {
    kind: 'success',
    body: 'It is paused. Whatever uses it is refused from now on, until it is resumed.',
  },
  'credential-resumed': { kind: 'success', body: 'It goes on from now on.' },
  'credential-revoked': {
    kind: 'success',
    body: 'It is revoked. Whatever used it is refused from now on.',
  },
  'workspace-created': {
    kind: 'success',
    body: 'The workspace is made. Create its first repository, or add people to it.',
  },
  'workspace-changed': { kind: 'success', body: 'The settings of the workspace are changed.' },
  'member-added': { kind: 'success', body: 'The member is added.' },
  'member-changed': { kind: 'success', body: 'The member’s place is changed.' },
  'member-removed': {
    kind: 'success',
    body: 'The member is removed, together with every role they held here.',
  },
  'group-created': {
    kind: 'success',
    body: 'The group is made. Add people to it, then give it a role on repositories.',
  },
  'group-deleted': { kind: 'success', body: 'The group is deleted, together with every role it held.' },
  'group-changed': { kind: 'success', body: 'The group is changed.' },
  'project-created': { kind: 'success', body: 'The project is made.' },
  'repository-created': {
    kind: 'success',
    body: 'The repository is made. It is empty until something is pushed.',
  },
  'repository-changed': { kind: 'success', body: 'The settings of the repository are changed.' },
  'repository-deleted': {
    kind: 'success',
    body: 'The repository is deleted. An owner of the workspace can restore it for a while.',
  },
  'repository-restored': { kind: 'success', body: 'The repository is back. Its access tokens stay revoked.' },
  'repository-transferred': {
    kind: 'success',
    body: 'The repository is moved. Its access tokens were revoked.',
  },
  'role-granted': { kind: 'success', body: 'The role is given.' },
  'role-changed': { kind: 'success', body: 'The role is changed.' },
  'role-revoked': { kind: 'success', body: 'The role is taken away.' },
  'access-token-revoked': {
    kind: 'success',
    body: 'The access token is revoked. Whatever used it is refused from now on.',
  },
  'trust-policy-created': {
    kind: 'success',
    body: 'The trust policy lets jobs in from now on. Try a token of one below.',
  },
  'trust-policy-revoked': {
    kind: 'success',
    body: 'The trust policy is revoked, and every job token that came of it.',
  },
  'job-token-revoked': {
    kind: 'success',
    body: 'The job token is revoked. Its job is refused from now on.',
  },
  'issuer-added': { kind: 'success', body: 'The issuer is registered: trust policies can be made for it.' },
  'issuer-keys-changed': { kind: 'success', body: 'The keys of the issuer are those that you gave.' },
  'issuer-removed': {
    kind: 'success',
    body: 'The issuer is removed, and every trust policy that counted on it has ended.',
  },
  'credential-narrowed': {
    kind: 'success',
    body: 'It is narrower from its next use on.',
  },
  'downloads-uploaded': { kind: 'success', body: 'It is uploaded, and can be fetched now.' },
  'download-deleted': { kind: 'success', body: 'The download is deleted.' },
  'restriction-added': { kind: 'success', body: 'The branch restriction holds from now on.' },
  'webhook-added': { kind: 'success', body: 'The webhook is told of what happens from now on.' },
  'webhook-saved': { kind: 'success', body: 'The webhook is saved, and set up as yours.' },
  'webhook-test-delivered': { kind: 'success', body: 'The test was delivered.' },
  'webhook-test-failed': {
    kind: 'danger',
    body: 'The test was not delivered. Its line among the last deliveries says why.',
  },
  'webhook-test-waits': {
    kind: 'info',
    body: 'The test is on its way. Load this page again in a moment: what came of it stands among the last deliveries.',
  },
  'webhook-deleted': { kind: 'success', body: 'The webhook is deleted.' },
  'pull-request-created': { kind: 'success', body: 'The pull request is open.' },
  'pull-request-changed': { kind: 'success', body: 'The pull request is changed.' },
  'pull-request-declined': { kind: 'success', body: 'The pull request is declined.' },
  'pull-request-merged': { kind: 'success', body: 'The pull request is merged.' },
  'pull-request-merged-source-stays': {
    kind: 'warning',
    body: 'The pull request is merged. Its source branch could not be deleted and is there still: a branch restriction or another change stands against it.',
  },
  'default-reviewer-added': {
    kind: 'success',
    body: 'They are asked to review each pull request that is created from now on.',
  },
  'default-reviewer-removed': {
    kind: 'success',
    body: 'They are no default reviewer any more. Pull requests that they were asked to review stay with them.',
  },
  'restriction-removed': { kind: 'success', body: 'The branch restriction is gone.' },
} as const satisfies Readonly<Record<string, NoticeProps>>;

export type NoticeName = keyof typeof NOTICES;

export const isNoticeName = (name: string): name is NoticeName => Object.hasOwn(NOTICES, name);

export const noticeNamed = (name: NoticeName): NoticeProps => NOTICES[name];
