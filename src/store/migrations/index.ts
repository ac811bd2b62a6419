import type { Migration } from 'kysely/migration';
import * as foundation from './0001-foundation.ts';
import * as narrower from './0002-narrower.ts';
import * as people from './0003-people.ts';
import * as sshKeys from './0004-ssh-keys.ts';
import * as oauth from './0005-oauth.ts';
import * as nameKey from './0006-name-key.ts';
import * as commitStatuses from './0007-commit-statuses.ts';
import * as credentialLedger from './0008-credential-ledger.ts';
import * as credentialAlarm from './0009-credential-alarm.ts';
import * as lfsLocks from './0010-lfs-locks.ts';
import * as downloads from './0011-downloads.ts';
import * as webhooks from './0012-webhooks.ts';
import * as derivedTokens from './0013-derived-tokens.ts';
import * as federation from './0014-federation.ts';
import * as downloadFetches from './0015-download-fetches.ts';
import * as pullRequests from './0016-pull-requests.ts';
import * as mergeChecks from './0017-merge-checks.ts';
import * as mergingPushes from './0018-merging-pushes.ts';

/** In order; a migration that was released is never edited, only followed by another. */
export const migrations: Record<string, Migration> = {
  '0001-foundation': foundation,
  '0002-narrower': narrower,
  '0003-people': people,
  '0004-ssh-keys': sshKeys,
  '0005-oauth': oauth,
  '0006-name-key': nameKey,
  '0007-commit-statuses': commitStatuses,
  '0008-credential-ledger': credentialLedger,
  '0009-credential-alarm': credentialAlarm,
  '0010-lfs-locks': lfsLocks,
  '0011-downloads': downloads,
  '0012-webhooks': webhooks,
  '0013-derived-tokens': derivedTokens,
  '0014-federation': federation,
  '0015-download-fetches': downloadFetches,
  '0016-pull-requests': pullRequests,
  '0017-merge-checks': mergeChecks,
  '0018-merging-pushes': mergingPushes,
};
