/** The page on which whoever has a link chooses a password. */
export const NEW_PASSWORD_PATH = '/login/new-password';

/** Of the host as it is set up, whatever a request called it. */
export const passwordLink = (publicUrl: string, token: string): string =>
  `${publicUrl}${NEW_PASSWORD_PATH}?code=${encodeURIComponent(token)}`;
