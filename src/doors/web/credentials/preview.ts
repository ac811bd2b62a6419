import { previewBounds } from '../../../acts/credentials/preview.ts';
import type { CredentialKind } from '../../../gate/index.ts';
import { Problem } from '../../../problem.ts';
import type { Services } from '../../../services.ts';
import type { PreviewedKey } from './read-back.ts';
import { confinementOfKey, momentsIn, type TypedKey } from './typed-key.ts';

/** What was typed as it would be made; where that cannot be read, nothing, and the problem. */
export async function previewKey(
  services: Services,
  grant: Parameters<typeof previewBounds>[1],
  kind: CredentialKind,
  typed: TypedKey,
): Promise<{ readonly preview: PreviewedKey; readonly problem: Problem | undefined }> {
  try {
    const { bounds, words } = await previewBounds(services, grant, confinementOfKey(kind, typed));
    return { preview: { bounds, words, ...momentsIn(typed) }, problem: undefined };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const preview = { bounds: [], words: [], notBefore: null, expiresAt: null, unclear: error.message };
    return { preview, problem: error };
  }
}
