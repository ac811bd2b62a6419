/** Credentials: their secrets, how they are kept, found, listed and ended. */
export { chooseExpiry, chooseLabel, chooseScopes } from './choices.ts';
export { createCredential, type NewCredential } from './create.ts';
export { stateOf, type Credential, type CredentialState } from './credential.ts';
export { DigestKeys } from './digest-keys.ts';
export { findById, findBySecret, type FoundCredential } from './find.ts';
export { digestKeyVersionsInUse, listCredentials, type CredentialFilter } from './list.ts';
export { revokeCredentials, type RevocationFilter } from './revoke.ts';
export { examineSecret, Secret } from './secret.ts';
export { UsageRecorder } from './usage.ts';
