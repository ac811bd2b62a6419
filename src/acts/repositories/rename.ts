import { slugFrom } from '../../hosting/index.ts';

/**
 * What a name given for a repository changes. A name that it has already changes nothing, so that an object that was read
 * can be written back; a new one changes the slug as well, where a slug can be made of it.
 */
export function renamed(
  current: { readonly name: string; readonly slug: string },
  name: string,
): { readonly name?: string; readonly slug?: string } {
  if (name.trim() === current.name) return {};
  const slug = slugFrom(name);
  return slug === '' ? { name } : { name, slug };
}
