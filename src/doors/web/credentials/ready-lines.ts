import type { PersonalKind } from '../../../acts/credentials/personal.ts';
import { heldScopes } from '../../../gate/index.ts';
import type { CopyLineProps } from '../pieces/index.ts';

/** Lines to paste for an app password or API token that was just made; the secret is part of some, so they stand on the page that shows it once. */
export function personalLines(props: {
  readonly kind: PersonalKind;
  readonly publicUrl: string;
  readonly username: string;
  readonly secret: string;
  readonly scopes: readonly string[];
  /** `workspace/repository` to show in the lines. */
  readonly example: string;
}): readonly CopyLineProps[] {
  const { publicUrl, username, secret, example } = props;
  const held = heldScopes(props.scopes);
  const reads = held.has('repository') || held.has('read:repository:bitbucket');
  const withUser = publicUrl.replace('://', `://${username}@`);
  const git = [
    ...(reads
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
  const api =
    held.has('account') || held.has('read:user:bitbucket')
      ? '/2.0/user'
      : reads
        ? `/2.0/repositories/${example}`
        : undefined;
  return [
    ...git,
    ...(api === undefined
      ? []
      : [{ label: 'REST API with curl', text: `curl --user '${username}:${secret}' ${publicUrl}${api}` }]),
    ...(props.kind === 'api_token' && reads
      ? [
          {
            label: 'For tools that know no user name, Git takes this one for every API token',
            text: `git clone ${publicUrl.replace('://', '://x-bitbucket-api-token-auth@')}/${example}.git`,
          },
        ]
      : []),
    {
      label: 'For jobs without a terminal: a line of ~/.netrc, which Git and curl read',
      text: `machine ${new URL(publicUrl).hostname} login ${username} password ${secret}`,
    },
  ];
}
