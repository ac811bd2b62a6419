import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { everyChange, FILE, type TreeEntry } from '../../src/git/tree-changes.ts';

interface Entry {
  readonly name: string;
  readonly mode: '100644' | '100755' | '120000' | '160000' | '40000';
  readonly id: number;
}

const key = ({ name, mode }: Entry): string => (mode === '40000' ? `${name}/` : name);
const bytesOf = ({ name, mode, id }: Entry): Buffer =>
  Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.alloc(20, id)]);
const entryOf = ({ mode, id }: Entry): string =>
  mode === '40000' ? Buffer.alloc(20, id).toString('hex') : FILE;

const tree = fc.uniqueArray(
  fc.record<Entry>({
    name: fc.stringMatching(/^[a-c.\-0]{1,3}$/),
    mode: fc.constantFrom('100644', '100755', '120000', '160000', '40000'),
    id: fc.integer({ min: 0, max: 2 }),
  }),
  { selector: ({ name }) => name, maxLength: 12 },
);
const sorted = (entries: readonly Entry[]): Buffer =>
  Buffer.concat(
    entries.toSorted((a, b) => Buffer.compare(Buffer.from(key(a)), Buffer.from(key(b)))).map(bytesOf),
  );

interface Told {
  readonly name: string;
  readonly was: TreeEntry | undefined;
  readonly is: TreeEntry | undefined;
}

function changes(before: Buffer, after: Buffer): Told[] {
  const told: Told[] = [];
  everyChange(before, after, 20, (name, was, is) => told.push({ name, was, is }) > 0);
  return told;
}

describe('what differs between two trees', () => {
  it('is told of until enough was heard', () => {
    const entries = Buffer.concat(
      ['a', 'b'].map((name) => Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.alloc(20)])),
    );
    const heard: string[] = [];
    expect(everyChange(Buffer.alloc(0), entries, 20, (name) => heard.push(name) > 1)).toBe(false);
    expect(heard).toEqual(['a']);
  });

  it('is what is not the same in both, each once', () => {
    fc.assert(
      fc.property(tree, tree, (before, after) => {
        const found = changes(sorted(before), sorted(after)).map(
          ({ name, was, is }) => `${name} ${was} ${is}`,
        );
        const wanted = [...new Set([...before, ...after].map(key))].flatMap((each) => {
          const [was, is] = [before, after].map((entries) => entries.find((entry) => key(entry) === each));
          if (was !== undefined && is !== undefined && bytesOf(was).equals(bytesOf(is))) return [];
          return [`${each.replace('/', '')} ${was && entryOf(was)} ${is && entryOf(is)}`];
        });
        expect(found.toSorted()).toEqual(wanted.toSorted());
      }),
    );
  });

  it('is never too little, in whatever order and how often the entries stand', () => {
    const any = fc.array(tree, { maxLength: 2 }).map((trees) => trees.flat());
    fc.assert(
      fc.property(any, any, (before, after) => {
        const [old, now] = [before, after].map((entries) => Buffer.concat(entries.map(bytesOf)));
        const told = changes(old ?? Buffer.alloc(0), now ?? Buffer.alloc(0));
        for (const entry of [...before, ...after]) {
          const isInBoth = [before, after].every((entries) =>
            entries.some((each) => bytesOf(each).equals(bytesOf(entry))),
          );
          if (!isInBoth) expect(told.map(({ name }) => name)).toContain(entry.name);
        }
      }),
    );
  });

  it('is not told of bytes that are no tree', () => {
    const id = Buffer.alloc(20, 1);
    const whole = Buffer.concat([Buffer.from('100644 a\0'), id]);
    for (const bad of [
      whole.subarray(0, -1),
      Buffer.concat([Buffer.from('100644 \0'), id]),
      Buffer.concat([Buffer.from('10064x a\0'), id]),
      Buffer.concat([Buffer.from('644 a\0'), id]),
      Buffer.from('100644 a'),
      Buffer.from('\0'),
    ]) {
      expect(() => changes(bad, whole)).toThrow(RangeError);
      expect(() => changes(whole, bad)).toThrow(RangeError);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
        try {
          changes(Buffer.from(noise), whole);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });
});
