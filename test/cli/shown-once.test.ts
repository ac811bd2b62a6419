import { expect, it, vi } from 'vitest';
import { showOnce } from '../../src/cli/shown-once.ts';

it('what nobody can have and what cannot be taken back either is named, and said to work', async () => {
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((...args: unknown[]) => {
    const written = args.at(-1) as (error: Error) => void;
    written(new Error('ENOSPC'));
    return false;
  });
  const shown = showOnce('the secret', 'cred_x', async () => {
    throw new Error('database is locked');
  });
  await expect(shown).rejects.toThrow(
    'Standard output could not be written (ENOSPC), and a secret is shown once: cred_x still works and could not be taken back (database is locked), so do that yourself.',
  );
  write.mockRestore();
});
