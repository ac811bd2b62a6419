/** Webhooks: who is told what happens in a repository, what waits to be told, and how it is sent. */
export { chooseDescription, chooseEvents, chooseSecret, chooseUrl, LONGEST_SECRET } from './choices.ts';
export {
  findDelivery,
  forgetAgedDeliveries,
  forgetOldDeliveries,
  lastDeliveries,
  listDeliveries,
  type Attempted,
  type Delivery,
} from './deliveries.ts';
export {
  tellsOfPullRequests,
  TEST_EVENT,
  WEBHOOK_EVENTS,
  type ComingEvent,
  type EventName,
  type WebhookEvent,
} from './events.ts';
export { sendWebhook, type Sent } from './send.ts';
export { signatureOf } from './signature.ts';
export {
  endDelivery,
  endWaiting,
  MOST_WAITING,
  putBackDelivery,
  queueEvent,
  queueTest,
  repeatDelivery,
  takeDelivery,
  webhooksDue,
  type DueDelivery,
  type DueWebhook,
  type Happening,
} from './waiting.ts';
export {
  deleteWebhook,
  deleteWebhooks,
  findWebhook,
  insertWebhook,
  listWebhooks,
  noteDelivered,
  noteFailed,
  secretOfWebhook,
  updateWebhook,
  type Webhook,
  type WebhookInput,
  type WebhookMaker,
} from './webhooks.ts';
