/** Messages to people: what they say, the outbox in which they wait, and where they go. */
export { isMailbox } from './address.ts';
export { type MessageFacts, type MessageKind, type Place } from './messages.ts';
export { type PullRequestFacts, type PullRequestNews } from './pull-request-message.ts';
export {
  hasRoomInOutbox,
  postMessage,
  settleMessage,
  takeMessage,
  type Letter,
  type Writing,
} from './outbox.ts';
export { mailTransport, Unreachable, type MailTransport } from './transport.ts';
