/** A weekly span of wall-clock time in a named zone; one that ends before it begins runs past midnight into the next day. */
export interface Window {
  readonly text: string;
  /** 0 is Sunday. The days on which it begins. */
  readonly days: readonly number[];
  /** Minutes since midnight. */
  readonly from: number;
  readonly to: number;
  /** IANA name, such as Europe/Berlin. */
  readonly zone: string;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MINUTES_OF_DAY = 1440;
const MINUTE_MS = 60_000;

/** Reads `Mon-Fri 22:00-04:00 Europe/Berlin` (days as ranges or lists: `Sat,Sun`, `daily`). Undefined for nonsense. */
export function readWindow(text: string): Window | undefined {
  const [, dayText, fromHour, fromMinute, toHour, toMinute, zone] =
    /^(\S+) ([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d) ([A-Za-z0-9_+/-]{1,64})$/.exec(text) ?? [];
  if (dayText === undefined || zone === undefined) return undefined;
  const days = dayText.toLowerCase() === 'daily' ? [0, 1, 2, 3, 4, 5, 6] : readDays(dayText);
  const from = Number(fromHour) * 60 + Number(fromMinute);
  const to = Number(toHour) * 60 + Number(toMinute);
  if (days === undefined || to > MINUTES_OF_DAY || from === to || !isZone(zone)) return undefined;
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

function isZone(zone: string): boolean {
  try {
    localTime(zone, 0);
    return true;
  } catch {
    return false;
  }
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

/** Making a formatter costs 170 µs and using it 2 µs: both are kept, the answer for as long as the minute lasts. */
const formatters = new Map<string, Intl.DateTimeFormat>();
const answers = new Map<string, { readonly minute: number; readonly local: LocalTime }>();

function localTime(zone: string, at: number): LocalTime {
  const minute = Math.floor(at / MINUTE_MS);
  const known = answers.get(zone);
  if (known?.minute === minute) return known.local;
  let formatter = formatters.get(zone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    formatters.set(zone, formatter);
  }
  const parts = new Map(formatter.formatToParts(at).map(({ type, value }) => [type, value]));
  const local = {
    day: DAYS.indexOf(parts.get('weekday') ?? ''),
    minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
  };
  answers.set(zone, { minute, local });
  return local;
}
