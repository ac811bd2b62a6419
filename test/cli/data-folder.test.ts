import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { refuseSecondDatabase } from '../../src/cli/data-folder.ts';
import { readSettings } from '../../src/config.ts';
import { folder } from '../support/verbs.ts';

vi.mock('node:timers/promises', { spy: true });

it.each(['secrets/digest-key-1', 'public-url', 'server.lock'])(
  'a host whose rows are elsewhere, known by its %s, gets no second database, though it holds no repository yet',
  async (trace) => {
    const data = await folder();
    await mkdir(dirname(join(data, trace)), { recursive: true });
    await writeFile(join(data, trace), 'x');
    // Its database does not come, however long that is waited for.
    vi.mocked(setTimeout).mockResolvedValue(undefined);
    await expect(refuseSecondDatabase(readSettings({ data }, {}))).rejects.toThrow(
      /is that of a host, and has no latchkey\.db.*LATCHKEY_DATABASE/,
    );
    await expect(stat(join(data, 'latchkey.db'))).rejects.toThrow('ENOENT');
  },
);
