import { randomBytes } from 'node:crypto';
import { chmod, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { BatchProcess } from '../../src/git/batch-process.ts';
import { ObjectNotFound, ObjectTooLarge, ObjectUnreadable } from '../../src/git/object-error.ts';
import { ObjectReader } from '../../src/git/object-reader.ts';
import { runningGit, waitForGit } from '../../src/git/process.ts';
import { pruneNow } from '../../src/git/upkeep/pruning.ts';
import { buildRepository } from './build-repository.ts';
import type { BuiltRepository } from './build-repository.ts';

let built: BuiltRepository;
let reader: ObjectReader;

beforeEach(async () => {
  built = await buildRepository();
  reader = new ObjectReader();
});

afterEach(async () => {
  reader.close();
  expect(await waitForGit(5_000)).toBe(0);
  await built.remove();
});

function killReaders(): void {
  for (const { pid, command } of runningGit()) if (command === 'cat-file') process.kill(pid, 'SIGKILL');
}

async function blobs(count: number): Promise<{ id: string; text: string }[]> {
  const files = Array.from({ length: count }, (_, index) => ({
    path: `f${index}`,
    content: `content ${index}\n\0${'x'.repeat(index)}`,
  }));
  await built.commit({ branch: 'main', files });
  return Promise.all(
    files.map(async ({ path, content }) => ({ id: await built.id(`main:${path}`), text: content })),
  );
}

describe('what an object is', () => {
  it.each([
    ['by us', () => pruneNow(built.handle, async () => {})],
    ['by an administrator', () => built.git(['prune', '--expire=now'])],
  ])('is asked again of a commit after something was pruned %s', async (_, prune) => {
    await built.commit({ branch: 'main', files: [{ path: 'a', content: 'a' }] });
    const id = await built.commit({ branch: 'gone', files: [{ path: 'b', content: 'b' }] });
    expect(await reader.objectInfo(built.handle, id)).toMatchObject({ id, type: 'commit' });
    expect(await reader.readObject(built.handle, id)).toMatchObject({ id, type: 'commit' });
    await built.git(['update-ref', '-d', 'refs/heads/gone']);
    await prune();
    await vi.waitFor(
      () => expect(reader.objectInfo(built.handle, id)).rejects.toThrow(ObjectNotFound),
      3_000,
    );
    await expect(reader.readObject(built.handle, id)).rejects.toThrow(ObjectNotFound);
  });

  it('is forgotten with the process that said it', async () => {
    const id = await built.commit({ branch: 'main', files: [{ path: 'a', content: 'a' }] });
    await reader.objectInfo(built.handle, id);
    await reader.readObject(built.handle, id);
    await rm(join(built.handle.path, 'objects', id.slice(0, 2)), { recursive: true });
    reader.forget(built.handle);
    await expect(reader.readObject(built.handle, id)).rejects.toThrow(ObjectNotFound);
    await expect(reader.objectInfo(built.handle, id)).rejects.toThrow(ObjectNotFound);
  });
});

describe('what is read again and again', () => {
  const contentsAsked = (asked: MockInstance<BatchProcess['ask']>) =>
    asked.mock.calls.filter(([verb]) => verb === 'contents').map(([, id]) => id);

  it('is asked for once where it is a commit or a tag', async () => {
    const commit = await built.commit({ branch: 'main', files: [{ path: 'a', content: 'a' }] });
    const tag = await built.tag('v1', 'main', 'One\n');
    const blob = await built.id('main:a');
    const asked = vi.spyOn(BatchProcess.prototype, 'ask');
    const read = (id: string) => reader.readObject(built.handle, id);
    const first = await Promise.all([commit, tag, blob].map(read));
    expect(contentsAsked(asked)).toEqual([commit, tag, blob]);
    expect(await Promise.all([commit, tag, blob].map(read))).toEqual(first);
    expect(contentsAsked(asked)).toEqual([commit, tag, blob, blob]);
    expect(await read(commit)).toBe(await read(commit));
    await expect(reader.readObject(built.handle, commit, 10)).rejects.toThrow(ObjectTooLarge);
    asked.mockRestore();
  });

  it('takes no more memory than is allowed', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 12; count++) {
      ids.push(await built.commit({ branch: 'main', message: 'x'.repeat(250_000), files: [] }));
    }
    for (const id of ids) await reader.readObject(built.handle, id);
    const asked = vi.spyOn(BatchProcess.prototype, 'ask');
    for (const id of ids.toReversed()) await reader.readObject(built.handle, id);
    expect(contentsAsked(asked)).toEqual(ids.slice(0, 4).toReversed());
    const long = await built.commit({ branch: 'main', message: 'x'.repeat(300_000), files: [] });
    asked.mockClear();
    for (const id of [long, long]) await reader.readObject(built.handle, id);
    expect(contentsAsked(asked)).toEqual([long, long]);
    asked.mockRestore();
  });

  it('is asked for once by all who ask at the same time, and parsed once', async () => {
    const commit = await built.commit({ branch: 'main', files: [{ path: 'a', content: 'a' }] });
    const asked = vi.spyOn(BatchProcess.prototype, 'ask');
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => reader.readObject(built.handle, commit)),
    );
    expect(asked.mock.calls.map(([verb]) => verb)).toEqual(['info', 'contents']);
    expect(new Set(answers).size).toBe(1);
    asked.mockRestore();
  });

  it('is asked for anew by whoever waited with another that was told it is missing', async () => {
    const asked = vi.spyOn(BatchProcess.prototype, 'ask');
    const id = await built.commit({ branch: 'main', files: [{ path: 'a', content: 'a' }] });
    asked.mockRejectedValueOnce(new ObjectNotFound(id));
    const [first, second] = await Promise.allSettled([1, 2].map(() => reader.objectInfo(built.handle, id)));
    expect(first).toMatchObject({ status: 'rejected' });
    expect(second).toMatchObject({ status: 'fulfilled', value: { id, type: 'commit' } });
    asked.mockRestore();
  });

  it('is never answered with what it is to whoever asks for the whole', async () => {
    const [blob] = await blobs(1);
    const id = blob?.id ?? '';
    const lanes = Array.from({ length: 8 }, async (_, lane) => {
      for (let round = 0; round < 10; round++) {
        if (lane % 2 === 0) await reader.objectInfo(built.handle, id);
        else expect((await reader.readObject(built.handle, id)).bytes.toString()).toBe(blob?.text);
      }
    });
    await Promise.all(lanes);
  });

  it('is too large for whoever takes less of it, and for nobody who asks at the same time', async () => {
    const commit = await built.commit({ branch: 'main', files: [] });
    const read = (most: number) => reader.readObject(built.handle, commit, most);
    for (const _ of ['in flight', 'remembered']) {
      const [small, large] = await Promise.allSettled([read(10), read(10_000)]);
      expect(small).toMatchObject({ status: 'rejected', reason: expect.any(ObjectTooLarge) });
      expect(large).toMatchObject({ status: 'fulfilled', value: { id: commit } });
    }
  });

  it('is at hand for a moment only, and never after something was pruned', async () => {
    const stays = await built.commit({ branch: 'main', files: [{ path: 'a', content: 'a' }] });
    const kept = await reader.readObject(built.handle, stays);
    const id = await built.commit({ branch: 'gone', files: [{ path: 'b', content: 'b' }] });
    expect(reader.rememberedObject(built.handle, id)).toBeUndefined();
    const read = await reader.readObject(built.handle, id);
    expect(reader.rememberedObject(built.handle, id)).toBe(read);
    await built.git(['update-ref', '-d', 'refs/heads/gone']);
    await built.git(['prune', '--expire=now']);
    await vi.waitFor(() => expect(reader.rememberedObject(built.handle, id)).toBeUndefined(), 3_000);
    await expect(reader.readObject(built.handle, id)).rejects.toThrow(ObjectNotFound);
    expect(reader.rememberedObject(built.handle, id)).toBeUndefined();
    expect(reader.rememberedObject(built.handle, stays)).toBeUndefined();
    expect(await reader.readObject(built.handle, stays)).toBe(kept);
    expect(reader.rememberedObject(built.handle, stays)).toBe(kept);
  });
});

describe('reading objects', () => {
  it('answers many questions at once, each with its own answer, through one process', async () => {
    const all = await blobs(40);
    const missing = 'd'.repeat(40);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        all.map(async ({ id, text }) => {
          await expect(reader.readObject(built.handle, missing)).rejects.toThrow(ObjectNotFound);
          const { bytes, type } = await reader.readObject(built.handle, id);
          return type === 'blob' && bytes.toString() === text;
        }),
      ).flat(),
    );
    expect(answers).toHaveLength(400);
    expect(answers.every(Boolean)).toBe(true);
    expect(reader.processes).toBe(1);
    expect(runningGit()).toHaveLength(1);
  });

  it.each(['HEAD', 'main:f0', `${'a'.repeat(40)}\n${'b'.repeat(40)}`, 'a'.repeat(39), '', 'A'.repeat(40)])(
    'never hands %j to the kept process',
    async (name) => {
      await blobs(1);
      await expect(reader.readObject(built.handle, name)).rejects.toThrow(TypeError);
    },
  );

  it('does not read what is larger than asked for, and streams it instead', async () => {
    const content = Buffer.alloc(3_000_000, 'abcdefg');
    await built.commit({
      branch: 'main',
      files: [
        { path: 'big', content },
        { path: 'empty', content: '' },
      ],
    });
    const id = await built.id('main:big');
    await expect(reader.readObject(built.handle, id, 1000)).rejects.toThrow(ObjectTooLarge);
    expect(await reader.objectInfo(built.handle, id)).toEqual({ id, type: 'blob', size: 3_000_000 });
    const { size, stream } = await reader.streamBlob(built.handle, id);
    expect(size).toBe(3_000_000);
    expect(Buffer.concat(await stream.toArray()).equals(content)).toBe(true);
    const empty = await reader.readObject(built.handle, await built.id('main:empty'), 0);
    expect(empty.bytes).toHaveLength(0);
  });

  it('reads the beginning of what is larger, and what is asked for next as a whole', async () => {
    const large = Buffer.alloc(3_000_000, 'abc');
    await built.commit({
      branch: 'main',
      files: [
        { path: 'large', content: large },
        { path: 'small', content: 'small' },
      ],
    });
    const [id, small] = [await built.id('main:large'), await built.id('main:small')];
    const answers = await Promise.all([
      reader.readBeginning(built.handle, id, 100_000),
      reader.readBeginning(built.handle, small, 100_000),
      reader.readObject(built.handle, id),
    ]);
    expect(answers[0].size).toBe(large.length);
    expect(answers.map(({ bytes }) => bytes.length)).toEqual([100_000, 5, large.length]);
    expect(answers[0].bytes.equals(large.subarray(0, 100_000))).toBe(true);
  });

  it('streams what is small through the kept process, and other things through one of their own', async () => {
    const contents = ['', 'a', 'b'.repeat(256 * 1024), 'c'.repeat(256 * 1024 + 1)];
    await built.commit({
      branch: 'main',
      files: contents.map((content, at) => ({ path: `f${at}`, content })),
    });
    for (const [at, content] of contents.entries()) {
      const { size, stream } = await reader.streamBlob(built.handle, await built.id(`main:f${at}`));
      expect(size).toBe(content.length);
      expect(runningGit()).toHaveLength(at === 3 ? 2 : 1);
      expect(Buffer.concat(await stream.toArray()).toString()).toBe(content);
    }
  });

  it('ends the process of a stream that nobody reads on, and streams blobs only', async () => {
    await built.commit({ branch: 'main', files: [{ path: 'big', content: Buffer.alloc(5_000_000) }] });
    const { stream } = await reader.streamBlob(built.handle, await built.id('main:big'));
    stream.read();
    stream.destroy();
    reader.close();
    expect(await waitForGit(5_000)).toBe(0);
    const second = new ObjectReader();
    await expect(second.streamBlob(built.handle, await built.id('main'))).rejects.toThrow(ObjectNotFound);
    second.close();
  });

  it('survives the death of its process, before and between questions', async () => {
    const all = await blobs(20);
    await reader.objectInfo(built.handle, all[0]!.id);
    killReaders();
    const answers = await Promise.all(all.map(({ id }) => reader.readObject(built.handle, id)));
    expect(answers.map(({ bytes }) => bytes.toString())).toEqual(all.map(({ text }) => text));
    expect(reader.processes).toBe(1);
  });

  it('answers others however many damaged objects were asked for before', async () => {
    const content = randomBytes(200_000);
    const files = [
      { path: 'damaged', content },
      { path: 'good', content: 'good' },
    ];
    await built.commit({ branch: 'main', files });
    const [damaged, good] = [await built.id('main:damaged'), await built.id('main:good')];
    const loose = join(built.handle.path, 'objects', damaged.slice(0, 2), damaged.slice(2));
    await chmod(loose, 0o600);
    await truncate(loose, 50_000);
    const asked = Array.from({ length: 7 }, () => reader.readObject(built.handle, damaged));
    const failing = Promise.all(asked.map((each) => expect(each).rejects.toThrow(ObjectUnreadable)));
    expect((await reader.readObject(built.handle, good)).bytes.toString()).toBe('good');
    await failing;
  });

  it('does not notice a repack, and sees what came after its process began', async () => {
    const all = await blobs(5);
    await reader.readObject(built.handle, all[0]!.id);
    await built.commit({ branch: 'main', files: [{ path: 'late', content: 'late' }] });
    await built.git(['repack', '-a', '-d', '-q']);
    await built.git(['prune']);
    const late = await reader.readObject(built.handle, await built.id('main:late'));
    expect(late.bytes.toString()).toBe('late');
    const again = await reader.readObject(built.handle, all[4]!.id);
    expect(again.bytes.toString()).toBe(all[4]!.text);
  });

  it('fails clearly, for every question, once the repository is deleted', async () => {
    const all = await blobs(5);
    await rm(built.handle.path, { recursive: true });
    const results = await Promise.allSettled(all.map(({ id }) => reader.readObject(built.handle, id)));
    for (const result of results) {
      expect(result.status === 'rejected' && result.reason).toBeInstanceOf(ObjectUnreadable);
    }
  });

  it('keeps no more processes than allowed, and none that is idle', async () => {
    const others = await Promise.all([buildRepository(), buildRepository()]);
    // Two readers: on a busy machine reading all three may take longer than being idle.
    const few = new ObjectReader({ maxProcesses: 2 });
    for (const one of [built, ...others]) {
      const id = await one.commit({ branch: 'main', files: [{ path: 'a', content: one.folder }] });
      await few.readObject(one.handle, id);
    }
    expect(few.processes).toBe(2);
    few.close();
    const brief = new ObjectReader({ idleMilliseconds: 100 });
    const id = await built.commit({ branch: 'main', files: [{ path: 'a', content: 'brief' }] });
    await brief.readObject(built.handle, id);
    await expect.poll(() => brief.processes, { timeout: 5_000 }).toBe(0);
    await expect.poll(() => runningGit(), { timeout: 5_000 }).toEqual([]);
    brief.close();
    await Promise.all(others.map((one) => one.remove()));
  });

  it('answers what was asked before it closed, and nothing after', async () => {
    const all = await blobs(10);
    const asked = Promise.all(all.map(({ id }) => reader.objectInfo(built.handle, id)));
    reader.close();
    expect(await asked).toHaveLength(10);
    await expect(reader.objectInfo(built.handle, all[0]!.id)).rejects.toThrow(ObjectUnreadable);
  });

  it('reads SHA-256 repositories', async () => {
    const other = await buildRepository('sha256');
    const id = await other.commit({ branch: 'main', files: [{ path: 'a', content: 'a' }] });
    expect(id).toHaveLength(64);
    expect((await reader.readObject(other.handle, id)).type).toBe('commit');
    await other.remove();
  });
});
