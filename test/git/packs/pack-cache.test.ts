import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readingHandle, type RepositoryHandle } from '../../../src/git/handle.ts';
import { takeClaim } from '../../../src/git/packs/claim.ts';
import { AnswerDamaged, PackCache } from '../../../src/git/packs/index.ts';
import { runningGit, waitForGit } from '../../../src/git/process.ts';
import { startUploadPackInto } from '../../../src/git/upload-pack.ts';
import { workFolder } from '../../support/git.ts';
import { buildRepository, type BuiltRepository } from '../build-repository.ts';
import { all, ask, isWhole, packIn, requestBytes, wanting } from './asking.ts';
import { SlowGit } from './slow-git.ts';

let slow: SlowGit;
/** A repository with its handle under an id of its own. */
interface Held {
  readonly built: BuiltRepository;
  readonly handle: RepositoryHandle;
}
let one: Held;
let other: Held;
/** In each repository: two commits, with 600 kB that cannot be compressed. */
let tip: string;
let first: string;
let otherTip: string;
let cache: PackCache;
let folder: string;
let count = 0;

const BYTES = { bytes: 100_000_000, freeBytes: 0 };

beforeAll(async () => {
  slow = new SlowGit(workFolder('bin'));
  slow.use();
  const build = async (id: string): Promise<Held> => {
    const built = await buildRepository();
    await built.commit({ branch: 'main', files: [{ path: 'a', content: randomBytes(200_000) }] });
    await built.commit({ branch: 'main', files: [{ path: 'b', content: randomBytes(600_000) }] });
    return { built, handle: readingHandle(id, 'repository', built.handle.path) };
  };
  [one, other] = await Promise.all([build('one'), build('other')]);
  tip = await one.built.id('main');
  first = await one.built.id('main~1');
  otherTip = await other.built.id('main');
});

beforeEach(() => {
  count += 1;
  folder = workFolder(`packs-${count}`);
  cache = new PackCache(folder, BYTES);
});

afterEach(async () => {
  slow.letGo();
  slow.limit(undefined);
  expect(await waitForGit(5_000)).toBe(0);
});

afterAll(() => Promise.all([one.built.remove(), other.built.remove()]));

const files = (of = one): string[] => {
  const own = join(folder, of.handle.id);
  return existsSync(own) ? readdirSync(own).map((name) => join(own, name)) : [];
};
const kept = (of = one): string[] => files(of).filter((path) => !/\.(?:part|claim|follow)$/.test(path));
/** What is kept is sealed behind the last byte of its first answer. */
const quiet = async (of = one): Promise<void> => {
  for (let tries = 0; tries < 500 && files(of).length > kept(of).length; tries += 1) await delay(4);
};
const fetch = async (body = wanting(tip), of = one): Promise<Buffer> => {
  const answer = await all(await ask(cache, of.handle, body));
  await quiet(of);
  return answer;
};
const starts = (of = one): number => slow.started(of.handle.path);
/** The one answer that is kept. */
const only = (of = one): string => {
  expect(kept(of)).toHaveLength(1);
  return kept(of)[0] ?? '';
};

describe('what is kept', () => {
  it('is what Git said, for every way to write the same request, from one start of Git', async () => {
    const before = starts();
    const answer = await fetch();
    expect(isWhole(answer)).toBe(true);
    const again = await fetch(
      requestBytes(
        ['no-progress', 'done', `want ${tip}`, `want ${tip}`, 'ofs-delta'],
        ['agent=x', 'session-id=1'],
      ),
    );
    expect(again.equals(answer)).toBe(true);
    expect(starts() - before).toBe(1);
  });

  it('is no refusal, and no round without a pack', async () => {
    expect((await fetch(wanting('1'.repeat(40)))).toString('latin1')).toContain('not our ref');
    const round = await fetch(requestBytes([`want ${tip}`, `have ${'2'.repeat(40)}`]));
    expect(round.toString('latin1')).toContain('NAK');
    expect(files()).toEqual([]);
  });

  it('is bounded in bytes: what was asked for once leaves first, then what was asked for longest ago', async () => {
    // Room for two answers, and for what is set aside for a third.
    cache = new PackCache(folder, { bytes: 3_000_000, freeBytes: 0 });
    const requests = ['a', 'b', 'c', 'd'].map((name) =>
      requestBytes([`want ${tip}`, 'ofs-delta', 'done', `have ${name.repeat(40)}`]),
    );
    const [often = Buffer.alloc(0), ...rarely] = requests;
    await fetch(often);
    await fetch(often);
    const favourite = only();
    for (const request of rarely) {
      await delay(1_050);
      await fetch(request);
      const used = kept().reduce((sum, path) => sum + statSync(path).size, 0);
      expect(used).toBeLessThan(3_000_000);
    }
    expect(kept().length).toBeLessThan(4);
    expect(kept()).toContain(favourite);
  });

  it('is nothing where the bound is 0, or the disk has no room', async () => {
    cache = new PackCache(folder, { bytes: 0, freeBytes: 0 });
    expect(await ask(cache, one.handle, wanting(tip))).toBeUndefined();
    cache = new PackCache(folder, { bytes: 1e9, freeBytes: 1e18 });
    expect(await ask(cache, one.handle, wanting(tip))).toBeUndefined();
    expect(files()).toEqual([]);
  });
});

describe('a disk that fills while an answer is made', () => {
  it('ends it with a sentence on band 3 that all readers see, and nothing is kept', async () => {
    slow.limit(600);
    const [answer, joined] = await Promise.all([fetch(), fetch()]);
    for (const each of [answer, joined]) {
      expect(isWhole(each)).toBe(false);
      const said = each.subarray(each.lastIndexOf('\x03'));
      expect(said.toString('latin1')).toContain(
        'This host has no room left to prepare the pack; try again later.',
      );
    }
    expect(files()).toEqual([]);
    slow.limit(undefined);
    expect(isWhole(await fetch())).toBe(true);
  });
});

describe('damage', () => {
  /** Whoever comes before an answer has left memory shares it, and does not look at what is kept. */
  const afterRestart: typeof fetch = (...wanted) => {
    cache = new PackCache(folder, BYTES);
    return fetch(...wanted);
  };
  const change = (path: string, place: (length: number) => number): void => {
    const bytes = readFileSync(path);
    const index = place(bytes.length);
    bytes[index] = (bytes[index] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  };
  const damages: Readonly<Record<string, (path: string) => void>> = {
    truncated: (path) => truncateSync(path, 1000),
    emptied: (path) => truncateSync(path, 0),
    'cut by its last byte': (path) => truncateSync(path, statSync(path).size - 1),
    'changed in its first block': (path) => change(path, () => 5000),
    'changed in its seal': (path) => change(path, (length) => length - 40),
    'changed in the length of its seal': (path) => change(path, (length) => length - 16),
    'made of noise': (path) => writeFileSync(path, randomBytes(700_000)),
  };
  for (const [how, damage] of Object.entries(damages)) {
    it(`an answer that was ${how} is made again`, async () => {
      const whole = await fetch();
      damage(only());
      const before = starts();
      const again = await afterRestart();
      expect(starts()).toBe(before + 1);
      // As many objects; Git's threads may choose other deltas the second time.
      expect(packIn(again).subarray(0, 12).equals(packIn(whole).subarray(0, 12))).toBe(true);
      expect(isWhole(again)).toBe(true);
    });
  }

  it('further behind breaks the answer off, which is then made again', async () => {
    await fetch();
    change(only(), () => 600_000);
    await expect(afterRestart()).rejects.toThrow(AnswerDamaged);
    expect(isWhole(await fetch())).toBe(true);
  });

  it('by the answer of another repository in its place is seen', async () => {
    const mine = await fetch();
    const theirs = await fetch(wanting(otherTip), other);
    copyFileSync(only(), only(other));
    const again = await afterRestart(wanting(otherTip), other);
    expect(isWhole(again)).toBe(true);
    // As many objects, and of the other content; Git's threads may choose other deltas the second time.
    expect(packIn(again).subarray(0, 12).equals(packIn(theirs).subarray(0, 12))).toBe(true);
    expect(packIn(again).equals(packIn(mine))).toBe(false);
  });
});

describe('an answer that is being made', () => {
  it('is joined by sixteen, and one that goes away in the middle harms nobody', async () => {
    slow.hold();
    const before = starts();
    const gone = new AbortController();
    const leaver = await ask(cache, one.handle, wanting(tip), { signal: gone.signal });
    const others = Array.from({ length: 15 }, () => fetch());
    expect((await leaver?.next())?.done).toBe(false);
    gone.abort();
    slow.letGo();
    const answers = await Promise.all(others);
    for (const answer of answers) expect(answer.equals(answers[0] ?? Buffer.alloc(0))).toBe(true);
    expect(isWhole(answers[0] ?? Buffer.alloc(0))).toBe(true);
    expect(starts() - before).toBe(1);
    only();
  });

  it('ends with its last reader; who comes at this moment has another made', async () => {
    slow.hold();
    const gone = new AbortController();
    const leaver = await ask(cache, one.handle, wanting(tip), { signal: gone.signal });
    await leaver?.next();
    expect(runningGit()).toHaveLength(1);
    gone.abort();
    slow.letGo();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, wait) => delay(wait).then(() => fetch())),
    );
    for (const answer of answers) expect(isWhole(answer)).toBe(true);
  });

  it('that nobody waits for any more is not begun', async () => {
    const gone = new AbortController();
    const turn = Promise.withResolvers<() => void>();
    const waits = ask(cache, one.handle, wanting(tip), {
      signal: gone.signal,
      admit: (signal) => {
        signal.addEventListener('abort', () => turn.reject(signal.reason));
        return turn.promise;
      },
    });
    const before = starts();
    gone.abort();
    await expect(waits).rejects.toThrow('aborted');
    expect(starts()).toBe(before);
    expect(isWhole(await fetch())).toBe(true);
  });

  it('whose Git is killed ends with a sentence, is not kept, and is made again', async () => {
    slow.hold();
    const answer = fetch();
    for (let tries = 0; tries < 500 && runningGit().length === 0; tries += 1) await delay(2);
    await delay(50);
    for (const { pid } of runningGit()) process.kill(-pid, 'SIGKILL');
    expect((await answer).toString('latin1')).toContain(
      'Git ended before the pack was complete; fetch again.',
    );
    slow.letGo();
    expect(files()).toEqual([]);
    expect(isWhole(await fetch())).toBe(true);
  });

  it.each([
    ['its file was dropped before it could be opened', { file: true }],
    ['its folder was dropped as Git was started', { file: false }],
  ])('begins anew where %s, and nobody hears of that', async (_case, { file }) => {
    let times = 0;
    const answer = await ask(cache, one.handle, wanting(tip), {
      start(path) {
        times += 1;
        if (times === 1 && !file) rmSync(join(path, '..'), { recursive: true });
        const child = startUploadPackInto(one.handle, path, false);
        if (times === 1 && file) rmSync(path);
        return child;
      },
    });
    expect(isWhole(await all(answer))).toBe(true);
    expect(times).toBe(2);
    await quiet();
    await cache.drop(one.handle.id);
  });

  it('is not claimed where its folder was dropped meanwhile, which is no error', async () => {
    const claim = { pid: process.pid, part: 'one.part', length: null, failure: null };
    expect(await takeClaim(join(folder, 'dropped', 'one.claim'), claim)).toBeUndefined();
    expect(existsSync(join(folder, 'dropped'))).toBe(false);
  });

  it('is neither joined nor kept once its repository was dropped, or what was wanted, by whatever process', async () => {
    const elsewhere = new PackCache(folder, BYTES);
    for (const drop of [
      () => cache.drop(one.handle.id),
      () => cache.dropWants(one.handle, new Set([tip])),
      () => elsewhere.drop(one.handle.id),
      () => elsewhere.dropWants(one.handle, new Set([tip])),
    ]) {
      slow.hold();
      const before = starts();
      const running = fetch();
      for (let tries = 0; tries < 500 && starts() === before; tries += 1) await delay(2);
      // Opened as well, which takes its maker a moment.
      await delay(20);
      await drop();
      const later = fetch();
      for (let tries = 0; tries < 500 && starts() < before + 2; tries += 1) await delay(2);
      slow.letGo();
      expect(isWhole(await running)).toBe(true);
      expect(isWhole(await later)).toBe(true);
      expect(starts() - before).toBe(2);
      await cache.drop(one.handle.id);
    }
  });
});

describe('dropping', () => {
  it('takes away what was asked for by an id, among few and among many, and nothing else', async () => {
    await fetch(wanting(tip));
    await fetch(wanting(first));
    await cache.dropWants(one.handle, new Set([tip]));
    only();
    expect(await cache.wanted(one.handle, [tip, first])).toEqual([first]);
    const branches = Array.from({ length: 20 }, (_, index) => `b${index}`);
    for (const branch of branches) {
      await one.built.commit({ branch, from: 'main', files: [{ path: branch, content: branch }] });
    }
    const tips = await Promise.all(branches.map((branch) => one.built.id(branch)));
    await fetch(wanting(...tips));
    expect(kept()).toHaveLength(2);
    await cache.dropWants(one.handle, new Set([tip]));
    expect(kept()).toHaveLength(2);
    await cache.dropWants(one.handle, new Set([tips[7] ?? '']));
    only();
  });
});

describe('a second process', () => {
  const start = () => {
    const file = fileURLToPath(new URL('other-process.ts', import.meta.url));
    const child = spawn(process.execPath, [file, folder, one.handle.path, one.handle.id, tip], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said = text(child.stdout).then((all) => Buffer.from(all.replace('asks\n', ''), 'base64'));
    return { child, said };
  };
  const until = async (holds: () => boolean): Promise<void> => {
    for (let tries = 0; tries < 2500 && !holds(); tries += 1) await delay(4);
    expect(holds()).toBe(true);
  };

  it('follows what the first one makes, and reads what it kept', async () => {
    slow.hold();
    const before = starts();
    const mine = fetch();
    await until(() => starts() > before);
    const theirs = start();
    await until(() => files().some((path) => path.endsWith('.follow')));
    slow.letGo();
    expect(isWhole(await mine)).toBe(true);
    expect((await theirs.said).equals(await mine)).toBe(true);
    expect((await start().said).equals(await mine)).toBe(true);
    expect(starts() - before).toBe(1);
    only();
  });

  it('follows what the first one makes also after that one looked through the folder', async () => {
    slow.hold();
    const before = starts();
    const beforeOther = starts(other);
    const mine = fetch();
    await until(() => starts() > before);
    // After a drop the folder is looked through anew when the next answer asks for room.
    await cache.dropWants(other.handle, new Set([otherTip]));
    const next = fetch(wanting(otherTip), other);
    await until(() => starts(other) > beforeOther);
    expect(files().filter((path) => path.endsWith('.claim'))).toHaveLength(1);
    const theirs = start();
    await until(() => files().some((path) => path.endsWith('.follow')));
    slow.letGo();
    expect((await theirs.said).equals(await mine)).toBe(true);
    expect(isWhole(await mine)).toBe(true);
    expect(isWhole(await next)).toBe(true);
    expect(starts() - before).toBe(1);
  });

  it('that ended with the number of this one leaves nothing behind, at the start or where it is asked for', async () => {
    const whole = await fetch();
    const path = only();
    const leave = (): void => {
      const claim = { pid: process.pid, part: 'part', length: null, failure: null };
      writeFileSync(`${path}.claim`, JSON.stringify(claim).padEnd(512));
    };
    leave();
    await new PackCache(folder, BYTES).sweep();
    expect(files()).toEqual([path]);
    leave();
    rmSync(path);
    cache = new PackCache(folder, BYTES);
    expect(
      packIn(await fetch())
        .subarray(0, 12)
        .equals(packIn(whole).subarray(0, 12)),
    ).toBe(true);
    expect(files()).toEqual([path]);
  });

  it('reads what was kept at the moment when it came to follow', async () => {
    const before = await fetch();
    const path = only();
    const aside = join(workFolder(), 'aside');
    renameSync(path, aside);
    const claim = { pid: process.ppid, part: 'not there', length: null, failure: null };
    writeFileSync(`${path}.claim`, JSON.stringify(claim).padEnd(512));
    cache = new PackCache(folder, BYTES);
    const started = starts();
    const follower = fetch();
    await until(() => files().some((each) => each.endsWith('.follow')));
    renameSync(aside, path);
    rmSync(`${path}.claim`);
    expect((await follower).equals(before)).toBe(true);
    expect(starts()).toBe(started);
  });

  it('keeps an answer running that it follows when the first one has no reader left', async () => {
    slow.hold();
    const gone = new AbortController();
    const mine = await ask(cache, one.handle, wanting(tip), { signal: gone.signal });
    await mine?.next();
    const theirs = start();
    await until(() => files().some((path) => path.endsWith('.follow')));
    await delay(100);
    gone.abort();
    await delay(100);
    slow.letGo();
    expect(isWhole(await theirs.said)).toBe(true);
  });

  it('that is killed in the middle leaves whoever follows with a sentence, and the answer to be made again', async () => {
    slow.hold();
    const before = starts();
    const maker = start();
    await until(() => starts() > before);
    const follower = await ask(cache, one.handle, wanting(tip));
    // Who has read nothing of it yet would make it anew.
    expect((await follower?.next())?.done).toBe(false);
    maker.child.kill('SIGKILL');
    expect((await all(follower)).toString('latin1')).toContain(
      'was given up while it was being made; fetch again.',
    );
    slow.letGo();
    expect(isWhole(await fetch())).toBe(true);
    await new PackCache(folder, BYTES).sweep();
    expect(files()).toEqual([only()]);
  });
});
