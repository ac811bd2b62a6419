import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ObjectReader } from '../../../src/git/object-reader.ts';
import { RepositoryRefs } from '../../../src/git/snapshot/repository-refs.ts';
import { atEndOfFile } from '../../support/cleanup.ts';
import { buildRepository } from '../build-repository.ts';

/** One that answers only when it is told to, and says when it is asked. */
class HeldReader extends ObjectReader {
  readonly asked = Promise.withResolvers<void>();
  readonly letGo = Promise.withResolvers<void>();

  override async objectInfo(
    ...question: Parameters<ObjectReader['objectInfo']>
  ): ReturnType<ObjectReader['objectInfo']> {
    this.asked.resolve();
    await this.letGo.promise;
    return super.objectInfo(...question);
  }
}

it('sees a HEAD that moved while the refs were read, though somebody else saw it first', async () => {
  const built = await buildRepository();
  const reader = new HeldReader();
  atEndOfFile(async () => {
    reader.close();
    await built.remove();
  });
  await built.commit({ branch: 'main', files: [{ path: 'a', content: 'One.\n' }] });
  await built.commit({ branch: 'other', files: [{ path: 'a', content: 'Two.\n' }] });
  const refs = new RepositoryRefs(built.handle, reader, Date.now);

  const reading = refs.read();
  await reader.asked.promise;
  await writeFile(join(built.handle.path, 'HEAD'), 'ref: refs/heads/other\n');
  // As a question for the capabilities does, which does not wait for the refs.
  refs.nature();
  reader.letGo.resolve();
  expect((await reading).head.symbolic).toBe('refs/heads/main');
  expect((await refs.read()).head.symbolic).toBe('refs/heads/other');
});
