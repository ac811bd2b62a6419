/** A weekly span of wall-clock time in a named zone; one that ends before it begins runs past midnight into the next day. */
export interface Window {
  readonly text: string;
  /** 0 is Sunday. The days on which it begins. */
  readonly days: readonly number[];
  /** Minutes since midnight. */
  readonly from: number;
  readonly to: number;
  /** The one name, of those that the zone has and is written by, under which its clock is kept. */
  readonly zone: string;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MINUTES_OF_DAY = 1440;
const MINUTE_MS = 60_000;

/** Reads `Mon-Fri 22:00-04:00 Europe/Berlin` (days as ranges or lists: `Sat,Sun`, `daily`). Undefined for nonsense. */
export function readWindow(text: string): Window | undefined {
  const [, dayText, fromHour, fromMinute, toHour, toMinute, zoneText] =
    /^(\S+) ([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d) ([A-Za-z0-9_+/-]{1,64})$/.exec(text) ?? [];
  if (dayText === undefined || zoneText === undefined) return undefined;
  const days = dayText.toLowerCase() === 'daily' ? [0, 1, 2, 3, 4, 5, 6] : readDays(dayText);
  const from = Number(fromHour) * 60 + Number(fromMinute);
  const to = Number(toHour) * 60 + Number(toMinute);
  if (days === undefined || to > MINUTES_OF_DAY || from === to) return undefined;
  const zone = zoneNamed(zoneText);
  if (zone === undefined) return undefined;
  return { text, days, from, to, zone };
}

function readDays(text: string): number[] | undefined {
  const days = new Set<number>();
  for (const part of text.split(',')) {
    const [first = '', last = first, ...rest] = part.split('-');
    const from = dayNumber(first);
    const to = dayNumber(last);
    if (from === -1 || to === -1 || rest.length > 0) return undefined;
    for (let day = from; ; day = (day + 1) % 7) {
      days.add(day);
      if (day === to) break;
    }
  }
  return [...days].toSorted((a, b) => a - b);
}

const dayNumber = (name: string): number => DAYS.findIndex((day) => day.toLowerCase() === name.toLowerCase());

/** By what is written, in lower case: zones have so many names and no more, but anybody may write each in any case. */
const zones = new Map<string, string>();

function zoneNamed(text: string): string | undefined {
  const name = text.toLowerCase();
  let zone = zones.get(name);
  if (zone === undefined) {
    try {
      zone = new Intl.DateTimeFormat('en-GB', { timeZone: name }).resolvedOptions().timeZone;
    } catch {
      return undefined;
    }
    zones.set(name, zone);
  }
  return zone;
}

export function inWindow(window: Window, at: number): boolean {
  const { day, minute } = localTime(window.zone, at);
  if (window.to > window.from)
    return window.days.includes(day) && minute >= window.from && minute < window.to;
  const yesterday = (day + 6) % 7;
  return (
    (window.days.includes(day) && minute >= window.from) ||
    (window.days.includes(yesterday) && minute < window.to)
  );
}

interface LocalTime {
  readonly day: number;
  readonly minute: number;
}

interface Clock {
  readonly formatter: Intl.DateTimeFormat;
  readonly minute: number;
  readonly local: LocalTime;
}

/** Making a formatter costs 170 µs and using it 2 µs: it is kept, and what it said for as long as the minute lasts. */
const clocks = new Map<string, Clock>();
/** One takes 30 kB, and there are thousands of zones: each difference to UTC, such as +0145, is one. */
const MOST_CLOCKS = 200;

function localTime(zone: string, at: number): LocalTime {
  const minute = Math.floor(at / MINUTE_MS);
  const known = clocks.get(zone);
  if (known?.minute === minute) return known.local;
  const formatter = known?.formatter ?? formatterOf(zone);
  const parts = new Map(formatter.formatToParts(at).map(({ type, value }) => [type, value]));
  const local = {
    day: DAYS.indexOf(parts.get('weekday') ?? ''),
    minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
  };
  clocks.delete(zone);
  clocks.set(zone, { formatter, minute, local });
  for (const [longestUnused] of clocks) {
    if (clocks.size <= MOST_CLOCKS) break;
    clocks.delete(longestUnused);
  }
  return local;
}

const formatterOf = (zone: string) =>
  new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
