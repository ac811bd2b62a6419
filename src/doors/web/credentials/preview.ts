import { previewBounds, previewMoments } from '../../../acts/credentials/preview.ts';
import type { SecretKind } from '../../../gate/index.ts';
import { Problem } from '../../../problem.ts';
import type { Services } from '../../../services.ts';
import type { PreviewedKey } from './read-back.ts';
import { confinementOfKey, momentsIn, withoutFields, type TypedKey } from './typed-key.ts';

/**
 * What was typed as it would be made, each field by itself: what cannot be read is left out and named, and hides nothing
 * of the rest. The problem has the sentence of every such field.
 */
export async function previewKey(
  services: Services,
  grant: Parameters<typeof previewBounds>[1],
  kind: SecretKind,
  typed: TypedKey,
  /** Key of the project that an access token belongs to, where it is one's. */
  project?: string,
): Promise<{ readonly preview: PreviewedKey; readonly problem: Problem | undefined }> {
  const unread = new Map<string, string>();
  for (let rest = typed; ; ) {
    try {
      const moments = previewMoments(services, kind, momentsIn(rest));
      const confinement = confinementOfKey(kind, rest);
      const { bounds, words } = await previewBounds(services, grant, confinement, project);
      return { preview: { bounds, words, ...moments, unread }, problem: problemOf(unread) };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const wrong = Object.entries(error.fields).filter(([field]) => !unread.has(field));
      for (const [field, sentences] of wrong) unread.set(field, sentences.join(' '));
      if (wrong.length === 0) {
        // Wrong in no field of this form, or in one that was left out already.
        const nothing = { bounds: [], words: [], notBefore: null, expiresAt: null };
        return { preview: { ...nothing, unread: unread.set('', error.message) }, problem: error };
      }
      rest = withoutFields(kind, rest, new Set(unread.keys()));
    }
  }
}

function problemOf(unread: ReadonlyMap<string, string>): Problem | undefined {
  const [first] = unread.values();
  if (first === undefined) return undefined;
  const fields = Object.fromEntries([...unread].map(([field, sentence]) => [field, [sentence]]));
  return new Problem('invalid', first, { fields });
}
