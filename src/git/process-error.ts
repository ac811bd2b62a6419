/** Git could not be started at all: not installed, its folder gone, or no processes left. */
export class GitUnavailable extends Error {
  override readonly name = 'GitUnavailable';

  constructor(command: string, options?: ErrorOptions) {
    super(
      `Git could not be started for "${command}": git 2.39 or newer must be on the PATH and the repository's folder must exist.`,
      options,
    );
  }
}

/** A command ended with an exit code that means failure. `stderr` is for the operator's log, not for strangers. */
export class GitFailed extends Error {
  override readonly name = 'GitFailed';
  readonly command: string;
  readonly code: number;
  readonly stderr: string;

  constructor(command: string, code: number, stderr: string) {
    const said = withoutUserinfo(stderr);
    const line = said.split('\n').find((text) => /^(?:fatal|error):/.test(text)) ?? said.split('\n')[0] ?? '';
    super(`git ${command} failed with exit code ${code}${line ? `: ${line.slice(0, 500)}` : ''}`);
    this.command = command;
    this.code = code;
    this.stderr = said;
  }
}

/** A command wrote more than its caller wants to hold. `partial` is what fitted. */
export class GitOutputTooLarge extends Error {
  override readonly name = 'GitOutputTooLarge';
  readonly partial: Buffer;

  constructor(command: string, limit: number, partial: Buffer) {
    super(`git ${command} wrote more than ${limit} bytes.`);
    this.partial = partial;
  }
}

function withoutUserinfo(text: string): string {
  return text.replace(/:\/\/[^/\s@]*@/g, '://');
}
