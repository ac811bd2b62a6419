import { expandScopes } from '../../../gate/index.ts';
import type { CopyLineProps } from '../pieces/index.ts';

/** Lines to paste for an app password that was just made; the secret is part of some, so they stand on the page that shows it once. */
export function appPasswordLines(props: {
  readonly publicUrl: string;
  readonly username: string;
  readonly secret: string;
  readonly scopes: readonly string[];
  /** `workspace/repository` to show in the lines. */
  readonly example: string;
}): readonly CopyLineProps[] {
  const { publicUrl, username, secret, example } = props;
  const held = expandScopes(props.scopes);
  const withUser = publicUrl.replace('://', `://${username}@`);
  const git = [
    ...(held.has('repository')
      ? [
          {
            label: 'Git; when it asks for a password, paste the secret',
            text: `git clone ${withUser}/${example}.git`,
          },
        ]
      : []),
    ...(held.has('wiki')
      ? [{ label: 'The wiki, likewise', text: `git clone ${withUser}/${example}.git/wiki` }]
      : []),
  ];
  const api = held.has('account')
    ? '/2.0/user'
    : held.has('repository')
      ? `/2.0/repositories/${example}`
      : undefined;
  return [
    ...git,
    ...(api === undefined
      ? []
      : [{ label: 'REST API with curl', text: `curl --user '${username}:${secret}' ${publicUrl}${api}` }]),
    {
      label: 'For jobs without a terminal: a line of ~/.netrc, which Git and curl read',
      text: `machine ${new URL(publicUrl).hostname} login ${username} password ${secret}`,
    },
  ];
}
