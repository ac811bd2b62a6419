import type { PersonalKind } from '../../../acts/credentials/personal.ts';
import { heldScopes } from '../../../gate/index.ts';
import type { CopyLineProps } from '../pieces/index.ts';

/** Of an API token that writes only: none of its scopes contains another, while each of a classic one that pushes reads as well. */
export const pushesWithoutReading = (scopes: readonly string[]): boolean =>
  scopes.includes('write:repository:bitbucket') && !scopes.includes('read:repository:bitbucket');

/** As one word of a POSIX shell: an address may hold an apostrophe. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Lines to paste for an app password or API token that was just made; the secret is part of some, so they stand on the page that shows it once. */
export function personalLines(props: {
  readonly kind: PersonalKind;
  readonly publicUrl: string;
  readonly username: string;
  readonly email: string | undefined;
  readonly secret: string;
  readonly scopes: readonly string[];
  /** `workspace/repository` to show in the lines. */
  readonly example: string;
}): readonly CopyLineProps[] {
  const { publicUrl, username, email, secret, example } = props;
  const held = heldScopes(props.scopes);
  const reads = held.has('repository') || held.has('read:repository:bitbucket');
  const pushesAlone = pushesWithoutReading(props.scopes);
  const as = (name: string): string => `${publicUrl.replace('://', `://${name}@`)}/${example}.git`;
  const gitAs = (name: string): string =>
    pushesAlone ? `git push ${as(name)} HEAD` : `git clone ${as(name)}`;
  const git = [
    ...(reads || pushesAlone
      ? [
          {
            label: pushesAlone
              ? 'Git, in a clone that was made otherwise: this pushes, and does not clone. When it asks for a password, paste the secret'
              : 'Git; when it asks for a password, paste the secret',
            text: gitAs(username),
          },
        ]
      : []),
    ...(held.has('wiki')
      ? [{ label: 'The wiki, likewise, where it is switched on', text: `git clone ${as(username)}/wiki` }]
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
    ...(props.kind === 'api_token' && api !== undefined && email !== undefined
      ? [
          {
            label: 'The same with the e-mail address, as tools of Bitbucket Cloud send it; Git takes none',
            text: `curl --user ${quoted(`${email}:${secret}`)} ${publicUrl}${api}`,
          },
        ]
      : []),
    ...(props.kind === 'api_token' && (reads || pushesAlone)
      ? [
          {
            label: 'For tools that know no user name, Git takes this one for every API token',
            text: gitAs('x-bitbucket-api-token-auth'),
          },
        ]
      : []),
    {
      label: 'For jobs without a terminal: a line of ~/.netrc, which Git and curl read',
      text: `machine ${new URL(publicUrl).hostname} login ${username} password ${secret}`,
    },
  ];
}
