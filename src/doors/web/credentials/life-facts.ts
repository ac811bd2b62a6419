import type { CredentialState } from '../../../credentials/index.ts';
import type { Renderable } from '../html.ts';
import { exactTime, exactWords } from '../pieces/index.ts';

/** Something of a credential by its name. */
export interface Fact {
  readonly name: string;
  readonly value: Renderable;
}

export interface Life {
  readonly state: CredentialState;
  readonly createdAt: number;
  /** `untold`: not for this reader. */
  readonly lastUsedAt: number | null | 'untold';
  readonly notBefore: number | null;
  readonly pausedAt: number | null;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}

/** From when until when a credential lives, and when it was used last. */
export function lifeFacts(life: Life, now: Date): readonly Fact[] {
  const { state, createdAt, lastUsedAt, notBefore, pausedAt, expiresAt, revokedAt } = life;
  const at = (moment: number) => exactTime({ at: new Date(moment), now });
  const lastUsed = lastUsedAt === 'untold' ? 'Not told here' : lastUsedAt === null ? 'Never' : at(lastUsedAt);
  return [
    { name: 'Created', value: at(createdAt) },
    { name: 'Last used', value: lastUsed },
    ...(notBefore === null ? [] : [{ name: 'Not before', value: exactWords(new Date(notBefore)) }]),
    ...(state === 'paused' && pausedAt !== null ? [{ name: 'Paused', value: at(pausedAt) }] : []),
    // What was revoked ended then, whenever it was to end.
    ...(state === 'revoked'
      ? []
      : [
          {
            name: state === 'expired' ? 'Expired' : 'Expires',
            value: expiresAt === null ? 'Never' : at(expiresAt),
          },
        ]),
    ...(revokedAt === null ? [] : [{ name: 'Revoked', value: at(revokedAt) }]),
  ];
}
