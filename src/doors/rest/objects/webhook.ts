import { z } from 'zod';
import type { Webhook as WebhookData, EVENTS } from '../../../acts/webhooks/view.ts';
import { braced, type Links } from '../links.ts';
import { linksNamed, to } from './link.ts';
import { CondensedRepository, condensedRepositoryObject, type RepositoryData } from './repository.ts';

export const Webhook = z
  .object({
    type: z.literal('webhook_subscription'),
    uuid: z.string(),
    url: z.string(),
    description: z.string(),
    subject_type: z.literal('repository'),
    subject: CondensedRepository,
    active: z.boolean(),
    created_at: z.string(),
    events: z.array(z.string()),
    source: z.null(),
    read_only: z.null(),
    skip_cert_verification: z.boolean(),
    history_enabled: z.boolean(),
    secret_set: z.boolean(),
    links: linksNamed('self'),
  })
  .meta({ id: 'Webhook' });

export function webhookObject(
  links: Links,
  repository: RepositoryData,
  webhook: WebhookData,
): z.input<typeof Webhook> {
  const { workspace, slug } = repository;
  return {
    type: 'webhook_subscription',
    uuid: braced(webhook.id),
    url: webhook.url,
    description: webhook.description,
    subject_type: 'repository',
    subject: condensedRepositoryObject(links, repository),
    active: webhook.isActive,
    // Of all times of the API the one that ends in Z.
    created_at: new Date(webhook.createdAt).toISOString().replace('Z', '000Z'),
    events: [...webhook.events],
    source: null,
    read_only: null,
    skip_cert_verification: webhook.skipsCertVerification,
    history_enabled: true,
    secret_set: webhook.hasSecret,
    links: { self: to(links.api('repositories', workspace.slug, slug, 'hooks', braced(webhook.id))) },
  };
}

export const HookEvent = z
  .object({ event: z.string(), category: z.string(), label: z.string(), description: z.string() })
  .meta({ id: 'HookEvent' });

export const hookEventObject = ({
  name,
  category,
  label,
  description,
}: (typeof EVENTS)[number]): z.input<typeof HookEvent> => ({ event: name, category, label, description });
