/** Where each endpoint is; two of them as at Bitbucket. The pages among them are the web door's. */
export const PATHS = {
  authorize: '/site/oauth2/authorize',
  token: '/site/oauth2/access_token',
  device: '/site/oauth2/device_authorization',
  devicePage: '/site/oauth2/device',
  revocation: '/site/oauth2/revoke',
  introspection: '/site/oauth2/introspect',
} as const;

/** RFC 8414 §3. */
export const SERVER_METADATA_PATH = '/.well-known/oauth-authorization-server';
