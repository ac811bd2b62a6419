import type { RepositoryHandle } from '../handle.ts';
import type { RefKeeper } from '../snapshot/keeper.ts';
import { advertise, type Service } from './advertisement.ts';
import { answerListRefs, listRefsArguments } from './ls-refs.ts';
import type { InstalledGit } from './installed-git.ts';
import type { ProtocolRequest } from './request.ts';

/**
 * What Git says at the beginning of a fetch or push, said without it: the same bytes, from the refs as they are now.
 * Every function answers undefined where Git itself must be asked.
 */
export class GitWords {
  readonly #refs: RefKeeper;
  readonly #installed: InstalledGit;

  constructor(refs: RefKeeper, installed: InstalledGit) {
    this.#refs = refs;
    this.#installed = installed;
  }

  /** The capabilities with which version 2 begins. */
  async capabilities(handle: RepositoryHandle): Promise<Buffer | undefined> {
    const format = this.#refs.nature(handle);
    return format === undefined ? undefined : (await this.#installed.speaks(format))?.capabilities;
  }

  /** The list of refs with which version 0 and 1 begin over HTTP, without the line that names the service. */
  async advertisement(
    service: Service,
    handle: RepositoryHandle,
    version: 0 | 1,
  ): Promise<Buffer | undefined> {
    const snapshot = await this.#refs.snapshot(handle);
    if (snapshot === undefined) return undefined;
    // A push is told of the refs of the repository that objects are borrowed from.
    if (snapshot.hasAlternates && service === 'git-receive-pack') return undefined;
    const spoken = await this.#installed.speaks(snapshot.format);
    return spoken === undefined
      ? undefined
      : advertise(service, version, snapshot, spoken.shapes[service][version]);
  }

  /** The answer to a request of version 2 that asks for refs, over HTTP and over SSH alike. */
  async listRefs(handle: RepositoryHandle, request: ProtocolRequest): Promise<Buffer | undefined> {
    if (request.command !== 'ls-refs') return undefined;
    const wanted = listRefsArguments(request);
    if (wanted === undefined) return undefined;
    const snapshot = await this.#refs.snapshot(handle);
    if (snapshot === undefined) return undefined;
    const offered = (await this.#installed.speaks(snapshot.format))?.offered ?? [];
    const takes = (name: string) => offered.some((line) => line === name || line.startsWith(`${name}=`));
    // Without a format a client means SHA-1; a capability that is not offered is refused by Git.
    const formats = request.capabilities.filter((line) => line.startsWith('object-format'));
    const isPlain =
      takes('ls-refs') &&
      (formats.length > 0 || snapshot.format === 'sha1') &&
      formats.every((line) => line === `object-format=${snapshot.format}`) &&
      request.capabilities.every((line) =>
        takes(/^(?:agent|object-format|server-option)(?==|$)/.exec(line)?.[0] ?? ''),
      ) &&
      (!wanted.unborn || offered.includes('ls-refs=unborn'));
    return isPlain ? answerListRefs(snapshot, wanted) : undefined;
  }
}
