import { sshCloneAddress } from '../shared/clone-address.ts';

/** The addresses that answers lead to: of the API under the prefix by which it was asked, and of the pages for people. */
export class Links {
  readonly publicUrl: string;
  readonly prefix: string;
  readonly #sshUrl: string | undefined;

  /**
   * @param prefix `/2.0`, or an alias such as `/!api/2.0`
   * @param sshUrl where Git over SSH is, if it is
   */
  constructor(publicUrl: string, prefix: string, sshUrl?: string) {
    this.publicUrl = publicUrl;
    this.prefix = prefix;
    this.#sshUrl = sshUrl;
  }

  api(...segments: readonly string[]): string {
    return `${this.publicUrl}${this.prefix}/${segments.map(encodeURIComponent).join('/')}`;
  }

  page(...segments: readonly string[]): string {
    return `${this.publicUrl}/${segments.map(encodeURIComponent).join('/')}`;
  }

  /** A picture drawn from the id alone. */
  avatar(id: string): string {
    return `${this.publicUrl}${this.prefix}/avatars/${id}.svg`;
  }

  /** Each way for Git; over HTTPS with the user name where it belongs into the address. */
  clone(
    repository: { readonly slug: string; readonly workspace: { readonly slug: string } },
    username: string | undefined,
  ): { readonly name: string; readonly href: string }[] {
    const { slug, workspace } = repository;
    const url = new URL(
      `${this.publicUrl}/${encodeURIComponent(workspace.slug)}/${encodeURIComponent(slug)}.git`,
    );
    if (username !== undefined) url.username = username;
    return [
      { name: 'https', href: url.href },
      ...(this.#sshUrl === undefined
        ? []
        : [{ name: 'ssh', href: sshCloneAddress(this.#sshUrl, repository) }]),
    ];
  }
}

/** An id as the API shows it. */
export const braced = (id: string): string => `{${id}}`;

/** A name with slashes in it, as segments of an address. */
export const segmentsOf = (name: string): string[] => name.split('/');

/** Milliseconds since 1970 as Bitbucket prints times: ISO 8601 with microseconds and an offset. */
export const timestamp = (at: number): string => new Date(at).toISOString().replace('Z', '000+00:00');
