/**
 * The refs of a repository are kept in a way that we do not read, or something is wrong with them: Git itself is asked.
 * Never an answer to anybody; the message is for whoever debugs.
 */
export class NotPlain extends Error {
  override readonly name = 'NotPlain';
}

/** Something went away while it was read; reading again finds what is there now. */
export class MovedWhileRead extends NotPlain {}
