/** What a mailbox of ours may look like: no quoting, no comments, no route, so that an address cannot become two (RFC 5321 §4.1.2). */
const MAILBOX =
  /^[^\s\p{C}"(),:;<>@[\\\]]{1,64}@[^\s\p{C}"(),:;<>@[\\\].]+(?:\.[^\s\p{C}"(),:;<>@[\\\].]+)*$/u;
const LONGEST = 254;

/** Whether a message can be sent there. */
export const isMailbox = (address: string): boolean => address.length <= LONGEST && MAILBOX.test(address);
