/** Webhooks: who is told what happens in a repository, what waits to be told, and how it is sent. */
export { chooseDescription, chooseEvents, chooseSecret, chooseUrl, LONGEST_SECRET } from './choices.ts';
export {
  endDelivery,
  endWaiting,
  forgetAgedDeliveries,
  forgetOldDeliveries,
  lastDeliveries,
  listDeliveries,
  PAUSES_MS,
  queueEvent,
  repeatDelivery,
  repositoriesDue,
  takeDelivery,
  type Attempted,
  type Delivery,
  type DueDelivery,
  type Happening,
} from './deliveries.ts';
export { WEBHOOK_EVENTS, type ComingEvent, type EventName, type WebhookEvent } from './events.ts';
export { OutboundNetworks } from './outbound.ts';
export { sendWebhook, type Sent } from './send.ts';
export { signatureOf } from './signature.ts';
export {
  deleteWebhook,
  deleteWebhooks,
  findWebhook,
  insertWebhook,
  listWebhooks,
  secretOfWebhook,
  updateWebhook,
  type Webhook,
  type WebhookInput,
  type WebhookMaker,
} from './webhooks.ts';
