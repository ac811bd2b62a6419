import type { RailProps } from '../pieces/index.ts';
import { places } from '../places.ts';

const ITEMS = {
  profile: { label: 'Profile', href: places.accountSettings },
  password: { label: 'Password', href: places.password },
  'two-step': { label: 'Two-step verification', href: places.twoStep },
  sessions: { label: 'Sessions', href: places.sessions },
  applications: { label: 'Authorised applications', href: places.applications },
  access: { label: 'Overview', href: places.access },
  'ssh-keys': { label: 'SSH keys', href: places.sshKeys },
  'api-tokens': { label: 'API tokens', href: places.apiTokens },
  'app-passwords': { label: 'App passwords', href: places.appPasswords },
} as const;

export type AccountPlace = keyof typeof ITEMS;

/** The left rail of the personal settings. */
export function accountRail(current: AccountPlace): RailProps {
  const item = (name: AccountPlace) => ({ ...ITEMS[name], current: name === current });
  return {
    title: 'Personal settings',
    groups: [
      { items: [item('profile'), item('password'), item('two-step'), item('sessions')] },
      {
        label: 'Access management',
        items: [
          item('access'),
          item('app-passwords'),
          item('api-tokens'),
          item('ssh-keys'),
          item('applications'),
        ],
      },
    ],
  };
}
