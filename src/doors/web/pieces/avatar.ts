import { html } from '../html.ts';
import type { Html } from '../html.ts';

export interface AvatarProps {
  /** Decides the colour; the display name may change, this does not. */
  readonly username: string;
  readonly displayName: string;
  readonly size?: 20 | 24 | 32 | 48 | undefined;
}

/** Grounds on which white text has a contrast of at least 4.5:1. */
export const avatarColours = [
  '#0b6660',
  '#8a4b08',
  '#5b4b9e',
  '#a33a2c',
  '#2f6188',
  '#4d6b1f',
  '#8a3a6b',
  '#5f5a52',
  '#1f6b42',
  '#75562b',
  '#3f53a3',
  '#7a4040',
] as const;

/** Initials on a colour of the person's own. Always beside the name, so hidden from screen readers. */
export function avatar({ username, displayName, size = 24 }: AvatarProps): Html {
  let sum = 0;
  for (const character of username) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  const colour = avatarColours[sum % avatarColours.length] ?? avatarColours[0];
  return html`<svg class="avatar" viewBox="0 0 24 24" width="${size}" height="${size}" aria-hidden="true"><rect width="24" height="24" rx="12" fill="${colour}"/><text x="12" y="15.7" text-anchor="middle" font-size="10" font-weight="600" fill="#fff">${initials(displayName || username)}</text></svg>`;
}

function initials(name: string): string {
  const words = name.split(/[\s._-]+/u).filter((word) => word !== '');
  const first = Array.from(words[0] ?? '?')[0] ?? '?';
  const last = words.length > 1 ? (Array.from(words.at(-1) ?? '')[0] ?? '') : '';
  return (first + last).toUpperCase();
}
