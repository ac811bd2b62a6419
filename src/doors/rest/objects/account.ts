import { z } from 'zod';
import type { AppUser as AppUserData } from '../../../acts/source/bots.ts';
import type { Account } from '../../../acts/source/attribution.ts';
import { BOT_KINDS } from '../../../gate/index.ts';
import { braced, timestamp, type Links } from '../links.ts';
import { Link, to } from './link.ts';

const UserLinks = z.object({ self: Link, avatar: Link });

/** A person as everybody may see them: neither user name to sign in with nor e-mail address. */
export const User = z
  .object({
    type: z.literal('user'),
    uuid: z.string(),
    display_name: z.string(),
    nickname: z.string(),
    account_id: z.string(),
    links: UserLinks,
  })
  .meta({ id: 'User' });

/** The bot behind an access token, or behind an OAuth consumer that acts for itself. */
export const AppUser = z
  .object({
    type: z.literal('app_user'),
    kind: z.enum([...BOT_KINDS, 'oauth_consumer']),
    uuid: z.string(),
    display_name: z.string(),
    account_id: z.string(),
    account_status: z.literal('active'),
    created_on: z.string(),
    links: z.object({ avatar: Link }),
  })
  .meta({ id: 'AppUser' });

/** A person as they see themselves. */
export const OwnUser = User.extend({
  username: z.string(),
  account_status: z.string(),
  created_on: z.string(),
  is_staff: z.boolean(),
  location: z.null(),
  has_2fa_enabled: z.null(),
}).meta({ id: 'OwnUser' });

export const Email = z
  .object({
    type: z.literal('email'),
    email: z.string(),
    is_primary: z.boolean(),
    is_confirmed: z.boolean(),
    links: z.object({ self: Link }),
  })
  .meta({ id: 'Email' });

export type ShownAccount = Pick<Account, 'id' | 'accountId' | 'username' | 'displayName'>;

export const userObject = (links: Links, account: ShownAccount): z.input<typeof User> => ({
  display_name: account.displayName,
  links: {
    self: to(links.api('users', braced(account.id))),
    avatar: to(links.avatar(account.id)),
  },
  type: 'user',
  uuid: braced(account.id),
  account_id: account.accountId,
  nickname: account.username,
});

export const appUserObject = (links: Links, appUser: AppUserData): z.input<typeof AppUser> => ({
  type: 'app_user',
  kind: appUser.kind,
  uuid: braced(appUser.id),
  display_name: appUser.displayName,
  account_id: appUser.accountId,
  account_status: 'active',
  created_on: timestamp(appUser.createdAt),
  links: { avatar: to(links.avatar(appUser.id)) },
});

export const ownUserObject = (links: Links, account: Account): z.input<typeof OwnUser> => ({
  ...userObject(links, account),
  username: account.username,
  has_2fa_enabled: null,
  created_on: timestamp(account.createdAt),
  is_staff: false,
  location: null,
  account_status: account.state === 'active' ? 'active' : 'inactive',
});

export const emailObject = (links: Links, email: string): z.input<typeof Email> => ({
  type: 'email',
  email,
  is_primary: true,
  is_confirmed: true,
  links: { self: to(links.api('user', 'emails', email)) },
});
