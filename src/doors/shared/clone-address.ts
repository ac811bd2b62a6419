interface Named {
  readonly slug: string;
  readonly workspace: { readonly slug: string };
}

/**
 * Where a repository is for Git over SSH: in the short form `git@HOST:WORKSPACE/NAME.git` on the usual port, as Bitbucket
 * Cloud gives it, and as a URL on any other.
 *
 * @param url such as `ssh://git@git.example.com:7999`
 */
export function sshCloneAddress(url: string, { slug, workspace }: Named): string {
  const { username, hostname, port } = new URL(url);
  const path = `${workspace.slug}/${slug}.git`;
  return port === '' || port === '22' ? `${username}@${hostname}:${path}` : `${url}/${path}`;
}
