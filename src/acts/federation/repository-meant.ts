/** `WORKSPACE/REPOSITORY`, or an address of it on this host, as a request writes it. What is neither names nothing. */
export function repositoryMeant(
  resource: string,
  publicUrl: string,
): { readonly workspace: string; readonly repository: string } {
  const path = resource.startsWith(`${publicUrl}/`) ? resource.slice(publicUrl.length + 1) : resource;
  const [workspace = '', repository = '', ...rest] = path.replace(/\.git\/?$|\/$/, '').split('/');
  const isNamed =
    rest.length === 0 && [workspace, repository].every((each) => /^[^\s\p{C}]{1,200}$/u.test(each));
  return isNamed ? { workspace, repository } : { workspace: '', repository: '' };
}
