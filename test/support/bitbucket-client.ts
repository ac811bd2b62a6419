import { createRequire } from 'node:module';

interface Answer {
  readonly status: number;
  readonly data: { readonly [member: string]: unknown };
}

type Method = (parameters: object) => Promise<Answer>;

/** The part of the npm package `bitbucket` that is called here. Its own types are sources that our compiler refuses. */
export interface BitbucketClient {
  readonly users: { readonly getAuthedUser: Method };
  readonly repositories: {
    readonly [Name in 'create' | 'delete' | 'get' | 'list' | 'listCommitsAlt']: Method;
  };
  readonly refs: { readonly getBranch: Method; readonly listTags: Method };
  readonly commits: { readonly list: Method; readonly listAt: Method };
  readonly source: { readonly read: Method };
  readonly ssh: { readonly [Name in 'listKeys' | 'getKey' | 'createKey' | 'deleteKey']: Method };
  readonly deploy: { readonly [Name in 'listKeys' | 'getKey' | 'deleteKey']: Method };
}

export interface BitbucketClientOptions {
  readonly baseUrl: string;
  readonly notice: false;
  readonly auth: { readonly username: string; readonly password: string } | { readonly token: string };
}

export const { Bitbucket } = createRequire(import.meta.url)('bitbucket') as {
  readonly Bitbucket: new (options: BitbucketClientOptions) => BitbucketClient;
};
