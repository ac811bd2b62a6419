/** Addresses that the frame of every page leads to. The routes that serve them live with the pages. */
export const places = {
  home: '/',
  signIn: '/login',
  signOut: '/-/sign-out',
  search: '/-/search',
  theme: '/-/theme',
  accountSettings: '/account/settings',
  appPasswords: '/account/settings/app-passwords',
  apiDescription: '/2.0/openapi.json',
} as const;
