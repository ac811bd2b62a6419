import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { inWindow, readWindow } from '../../../src/gate/index.ts';

const MINUTE = 60_000;
const NAMES = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** What a clock on the wall shows, asked anew each time, and by the calendar rather than by the name of the day. */
function wall(zone: string, at: number): { readonly day: number; readonly minute: number } {
  const text = new Date(at).toLocaleString('sv-SE', { timeZone: zone });
  const [, year, month, date, hour, minute] = /^(\d+)-(\d+)-(\d+) (\d+):(\d+)/.exec(text)!.map(Number);
  return { day: new Date(Date.UTC(year!, month! - 1, date)).getUTCDay(), minute: hour! * 60 + minute! };
}

interface Wanted {
  readonly days: readonly number[];
  readonly from: number;
  readonly to: number;
  readonly zone: string;
}

/** Walks the hands of the clock from each beginning to its end and writes down every minute that is passed. */
function minutesIn({ days, from, to }: Wanted): ReadonlySet<number> {
  const open = new Set<number>();
  for (const day of days) {
    for (let at = day * 1440 + from; at % 1440 !== to % 1440 || at === day * 1440 + from; at += 1) {
      open.add(at % (7 * 1440));
    }
  }
  return open;
}

const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
const written = ({ days, from, to, zone }: Wanted): string =>
  `${days.map((day) => NAMES[day]).join(',')} ${clock(from)}-${clock(to)} ${zone}`;

const zones = fc.constantFrom('Europe/Berlin', 'America/New_York', 'UTC', 'Asia/Kolkata', 'Pacific/Apia');
const anyWanted: fc.Arbitrary<Wanted> = fc
  .record({
    days: fc.subarray([0, 1, 2, 3, 4, 5, 6], { minLength: 1 }),
    from: fc.nat(1439),
    to: fc.nat(1440),
    zone: zones,
  })
  .filter(({ from, to }) => from !== to && to - from !== 1440);

describe('a window of time', () => {
  it('is open in the minutes that a walk through it passes', () => {
    fc.assert(
      fc.property(
        anyWanted,
        fc.date({ min: new Date('2024-01-01'), max: new Date('2030-01-01'), noInvalidDate: true }),
        (wanted, date) => {
          const window = readWindow(written(wanted));
          const { day, minute } = wall(wanted.zone, date.getTime());
          expect([written(wanted), inWindow(window!, date.getTime())]).toEqual([
            written(wanted),
            minutesIn(wanted).has(day * 1440 + minute),
          ]);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each([
    // Clocks go from 01:59 to 03:00, and from 02:59 back to 02:00.
    ['Europe/Berlin', '2027-03-28T00:00Z', '2027-10-31T00:00Z'],
    ['America/New_York', '2027-03-14T05:00Z', '2027-11-07T04:00Z'],
  ])('follows the clocks of %s minute by minute through their changes', (zone, spring, autumn) => {
    for (const wanted of [
      { days: [0], from: 90, to: 150, zone },
      { days: [0], from: 150, to: 170, zone },
      { days: [6], from: 1320, to: 150, zone },
      { days: [5, 6], from: 180, to: 120, zone },
    ]) {
      const window = readWindow(written(wanted))!;
      const open = minutesIn(wanted);
      for (const start of [spring, autumn].map((text) => Date.parse(text))) {
        for (let at = start - 180 * MINUTE; at < start + 360 * MINUTE; at += MINUTE) {
          const { day, minute } = wall(zone, at);
          if (inWindow(window, at + 59_999) !== open.has(day * 1440 + minute)) {
            expect.fail(`${written(wanted)} at ${new Date(at).toISOString()}`);
          }
        }
      }
    }
  });

  it('across midnight belongs to the day on which it begins', () => {
    const window = readWindow('Mon-Fri 22:00-04:00 Europe/Berlin')!;
    // 2026-11-02 is a Monday; Berlin is an hour ahead.
    const open = (text: string) => inWindow(window, Date.parse(`${text}:00+01:00`));
    expect(open('2026-11-02T21:59')).toBe(false);
    expect(open('2026-11-02T22:00')).toBe(true);
    expect(open('2026-11-03T03:59')).toBe(true);
    expect(open('2026-11-03T04:00')).toBe(false);
    expect(open('2026-11-07T03:59')).toBe(true);
    expect(open('2026-11-07T22:00')).toBe(false);
    expect(open('2026-11-02T03:59')).toBe(false);
  });

  it.each([
    ['daily 00:00-24:00 UTC', [0, 1, 2, 3, 4, 5, 6]],
    ['Mon 08:00-09:00 UTC', [1]],
    ['mon-WED,Sat 08:00-09:00 UTC', [1, 2, 3, 6]],
    ['Fri-Mon 08:00-09:00 UTC', [0, 1, 5, 6]],
    ['Sun,Sun 08:00-09:00 UTC', [0]],
  ])('%s is read', (text, days) => {
    expect(readWindow(text)?.days).toEqual(days);
  });

  it.each([
    '',
    'Mon',
    'Mon 08:00-09:00',
    'Mon 08:00-09:00 Mars/Base',
    'Mon 8:00-9:00 UTC',
    'Mon 08:00-08:00 UTC',
    'Mon 24:00-08:00 UTC',
    'Mon 08:00-24:01 UTC',
    'Mon 08:60-09:00 UTC',
    'Mon- 08:00-09:00 UTC',
    'Mon-Tue-Wed 08:00-09:00 UTC',
    ',Mon 08:00-09:00 UTC',
    'Noday 08:00-09:00 UTC',
    ' Mon 08:00-09:00 UTC',
    'Mon  08:00-09:00 UTC',
    'Mon 08:00-09:00 UTC\n',
    'Mon 08:00-09:00 __proto__',
    'Mon 08:00-09:00 ' + 'A'.repeat(65),
    'constructor 08:00-09:00 UTC',
  ])('%j is none', (text) => {
    expect(readWindow(text)).toBeUndefined();
  });

  it('keeps one clock of a zone, in whichever case and by whichever of its names it is written', () => {
    const names = ['Asia/Kolkata', 'Asia/Calcutta', 'asia/kolkata', 'ASIA/KOLKATA', 'asia/calcuttA'];
    const use = (zone: string) => inWindow(readWindow(`daily 08:00-09:00 ${zone}`)!, Date.UTC(2027, 0, 1, 3));
    expect(names.map(use)).toEqual(names.map(() => true));
    const { zone: kept } = readWindow('daily 08:00-09:00 Asia/Kolkata')!;
    const made = vi.spyOn(Intl, 'DateTimeFormat');
    try {
      for (let spelling = 0; spelling < 1 << 11; spelling += 1) {
        let letter = 0;
        const zone = 'asia/kolkata'.replace(/[a-z]/g, (each) =>
          (spelling >> letter++) & 1 ? each.toUpperCase() : each,
        );
        use(zone);
        expect(readWindow(`daily 08:00-09:00 ${zone}`)?.zone).toBe(kept);
      }
      expect(made).not.toHaveBeenCalled();
    } finally {
      made.mockRestore();
    }
  });

  it('keeps no clocks of zones that others were used after, and tells the time there all the same', () => {
    const offsets = Array.from({ length: 1_000 }, (_, minute) => clock(minute));
    const made = vi.spyOn(Intl, 'DateTimeFormat');
    const use = (offset: string) =>
      inWindow(
        readWindow(`daily 00:00-00:01 -${offset.replace(':', '')}`)!,
        Date.parse(`2027-01-01T00:00:30-${offset}`),
      );
    try {
      for (const offset of offsets) expect([offset, use(offset)]).toEqual([offset, true]);
      const before = made.mock.calls.length;
      for (const offset of offsets.slice(-50)) use(offset);
      expect(made.mock.calls.length).toBe(before);
      for (const offset of offsets.slice(0, 50)) expect([offset, use(offset)]).toEqual([offset, true]);
      expect(made.mock.calls.length).toBe(before + 50);
    } finally {
      made.mockRestore();
    }
  });

  it('never throws, whatever is written', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void readWindow(text)));
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z,-]{0,12} [0-9:-]{0,11} [A-Za-z/_+-]{0,20}$/),
        (text) => void readWindow(text),
      ),
    );
    expect(readWindow(`${'Mon-'.repeat(100_000)} 08:00-09:00 UTC`)).toBeUndefined();
  });
});
