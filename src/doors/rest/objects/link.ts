import { z } from 'zod';

export const Link = z.object({ href: z.string() }).meta({ id: 'Link' });

/** A schema of links under these names. */
export const linksNamed = <Name extends string>(...names: readonly Name[]) =>
  z.object(Object.fromEntries(names.map((name) => [name, Link])) as Record<Name, typeof Link>);

export const to = (href: string): { href: string } => ({ href });
