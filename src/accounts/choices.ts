import { isMailbox } from '../mail/address.ts';
import { invalid } from '../problem.ts';
import { isBotAddress } from './bot-address.ts';
import { isCommonPassword } from './common-passwords.ts';

const USERNAME = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,28}[A-Za-z0-9_])?$/;
const ACCOUNT_ID = /^[0-9a-f]{24}$/i;
const DISPLAY_NAME_LENGTH = 100;
const PRINTABLE = /^[^\p{C}]+$/u;
export const PASSWORD_MINIMUM = 12;
const PASSWORD_MAXIMUM = 1024;
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/** Words that stand in the place of a user name in Git's Basic authentication, so that nobody may be called by them. */
const RESERVED_USERNAMES = new Set([
  'x-token-auth',
  'x-bitbucket-api-token-auth',
  'x-access-token',
  'oauth2',
  'git',
]);

/** Throws `Problem` unless the name is 1–30 of `[A-Za-z0-9_-]`, as Bitbucket has them, and not one that Git clients use as a fixed word. */
export function chooseUsername(name: string): string {
  if (!USERNAME.test(name)) {
    throw invalid(
      'username',
      'A user name has 1 to 30 letters, digits, "_" or "-", and begins with a letter or digit.',
    );
  }
  // The REST API and the command line take either: nobody may answer to the account id of somebody else.
  if (ACCOUNT_ID.test(name))
    throw invalid(
      'username',
      'A user name cannot be 24 hexadecimal digits: that is the form of an account id.',
    );
  if (RESERVED_USERNAMES.has(name.toLowerCase()))
    throw invalid('username', `The user name "${name}" is reserved.`);
  return name;
}

/** Throws `Problem` for what is no address, and for one of the bots: `botHost` is the host in theirs. */
export function chooseEmail(email: string, botHost: string): string {
  if (!isMailbox(email)) {
    throw invalid('email', 'Give an e-mail address such as jane@example.com.');
  }
  if (isBotAddress(email, botHost)) {
    throw invalid('email', 'This address is kept for the bots of this host: give one of the person.');
  }
  return email;
}

export function chooseDisplayName(name: string): string {
  const chosen = name.trim().normalize('NFC');
  if (chosen === '' || chosen.length > DISPLAY_NAME_LENGTH || !PRINTABLE.test(chosen)) {
    throw invalid('display_name', `A display name has 1 to ${DISPLAY_NAME_LENGTH} characters on one line.`);
  }
  return chosen;
}

/** Length is what is asked, not riddles: but none of those that guessers try first. */
export function choosePassword(password: string): string {
  const length = Array.from(password).length;
  if (length < PASSWORD_MINIMUM) {
    throw invalid(
      'password',
      `A password has at least ${PASSWORD_MINIMUM} characters; a few words make a good one.`,
    );
  }
  if (length > PASSWORD_MAXIMUM)
    throw invalid('password', `A password has at most ${PASSWORD_MAXIMUM} characters.`);
  // No field of a form takes a line break, so whoever had one could not sign in.
  if (CONTROL.test(password)) {
    throw invalid('password', 'A password is one line, without tabs or other control characters.');
  }
  if (isCommonPassword(password)) {
    throw invalid(
      'password',
      'This is one of the passwords that guessers try first. A few words that do not belong together make a good one.',
    );
  }
  return password;
}
