/** Credentials: their secrets, how they are kept, found, listed and ended. */
export { chooseBounds, type BoundsInput } from './bounds.ts';
export {
  chooseExpiry,
  chooseExpiryOf,
  chooseLabel,
  chooseNotBefore,
  chooseOverlap,
  chooseScopes,
} from './choices.ts';
export { createCredential, type NewCredential } from './create.ts';
export {
  isReplaced,
  stateOf,
  type Credential,
  type CredentialOwner,
  type CredentialState,
} from './credential.ts';
export { chooseDerivedExpiry, chooseDerivedScopes, createDerived, DERIVED_SECONDS } from './derive.ts';
export { actingRow, endOfLine, isDerived, originOf } from './derived.ts';
export { isOfLine, pageOfDerived } from './descendants.ts';
export { DigestKeys } from './digest-keys.ts';
export { findById, findBySecret, type FoundCredential } from './find.ts';
export { findEach } from './find-each.ts';
export { openHostKey, type HostKey } from './host-key.ts';
export { provesKey, type KeyProof } from './key-signature.ts';
export {
  addPlace,
  everyPlaceOf,
  everyPlaceOfEach,
  livePlaces,
  livePlacesOfEach,
  pageOfPlacedKeys,
  placedKeys,
  placesOfKey,
  removeFromPlace,
  type KnownPlace,
  type PlacedKey,
} from './key-places.ts';
export { fingerprintOf, readPublicKey, type PublicKey } from './public-key.ts';
export { addKey, findByFingerprint, keysOf, type KeptKey } from './ssh-keys.ts';
export { carryBounds, pushLayer } from './layers.ts';
export { claimUse } from './uses.ts';
export {
  ADMITTED,
  DAY_MS,
  dayOf,
  isAdmitted,
  listUses,
  operationsOf,
  usesByDay,
  type Counted,
  type Outcome,
  type Use,
  type WhichUses,
  type UsesOf,
  type WayOfUse,
} from './ledger.ts';
export {
  credentialsById,
  digestKeyVersionsInUse,
  listCredentials,
  listFamily,
  listLivingCredentials,
  lastUses,
  livingIds,
  livingIdsOfEach,
  livingOfFamily,
  pageOfOwned,
  type CredentialFilter,
  type CredentialPage,
} from './list.ts';
export type { NamedCredentials } from './named.ts';
export { pauseCredentials, resumeCredentials } from './pause.ts';
export { retireCredentials, revokeCredentials } from './revoke.ts';
export { takeAlarm, untoldAlarms, type Alarm } from './alarms.ts';
export { removeOldUses } from './purge-ledger.ts';
export { createSuccessor, isReplaceable, type ReplaceableKind } from './successor.ts';
export { SealingKeys } from './sealing-keys.ts';
export { examineSecret, Secret } from './secret.ts';
export { UsageRecorder } from './usage.ts';
export { listVisibleCredentials } from './visible.ts';
