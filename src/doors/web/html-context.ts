/** Where a hole of a template stands, and so which values it may take and how they are escaped. */
export type Hole = 'text' | 'tag' | 'attribute' | 'url' | 'forbidden';

const known = new WeakMap<TemplateStringsArray, readonly Hole[]>();

/** The kinds of a template's holes; worked out once per place in the source, because the array's identity is the place. */
export function holesOf(strings: TemplateStringsArray): readonly Hole[] {
  let holes = known.get(strings);
  if (holes === undefined) {
    holes = scan(strings);
    known.set(strings, holes);
  }
  return holes;
}

const urlAttributes = /(?:^|\s)(?:href|src|action|formaction)$/i;
const rawElements = /^<(script|style|textarea|title)\b/i;

interface Place {
  readonly state: 'text' | 'tag' | 'quoted' | 'raw' | 'comment';
  /** From `<` on while inside a tag; from the quote on while inside a value. */
  readonly since: string;
  readonly quote: string;
  readonly element: string;
  readonly url: boolean;
}

const outside: Place = { state: 'text', since: '', quote: '', element: '', url: false };

function scan(strings: readonly string[]): readonly Hole[] {
  const holes: Hole[] = [];
  let place = outside;
  for (const [index, part] of strings.entries()) {
    for (const character of part) place = step(place, character);
    if (index === strings.length - 1) break;
    const hole = holeAt(place);
    if (hole === 'forbidden') {
      throw new TypeError(`A value cannot stand here in a template: …${part.slice(-40)}\${}`);
    }
    holes.push(hole);
    // The value itself counts as one harmless character, so that `href="${a}${b}"` checks the scheme of the first only.
    if (place.state !== 'text') place = { ...place, since: `${place.since}v` };
  }
  return holes;
}

function holeAt(place: Place): Hole {
  switch (place.state) {
    case 'text':
      return 'text';
    case 'tag':
      // Attributes may follow a blank; a value may never follow `<`, `=` or part of a name.
      return /\s$/.test(place.since) ? 'tag' : 'forbidden';
    case 'quoted':
      return place.url && place.since === '' ? 'url' : 'attribute';
    case 'raw':
      // The parser decodes references in these two, so escaping holds; in scripts and styles it does not.
      return place.element === 'textarea' || place.element === 'title' ? 'attribute' : 'forbidden';
    case 'comment':
      return 'forbidden';
  }
}

function step(place: Place, character: string): Place {
  const since = place.since + character;
  switch (place.state) {
    case 'text':
      return character === '<' ? { ...outside, state: 'tag', since: character } : place;
    case 'tag':
      return stepInTag(place, character, since);
    case 'quoted':
      return character === place.quote
        ? { ...place, state: 'tag', since: `${place.element}"` }
        : { ...place, since };
    case 'raw':
      return since.toLowerCase().endsWith(`</${place.element}>`) ? outside : { ...place, since };
    case 'comment':
      return since.endsWith('-->') ? outside : { ...place, since };
  }
}

function stepInTag(place: Place, character: string, since: string): Place {
  if (since === '<!--') return { ...outside, state: 'comment', since };
  if (character === '>') {
    const raw = rawElements.exec(since)?.[1];
    return raw === undefined ? outside : { ...outside, state: 'raw', element: raw.toLowerCase() };
  }
  const opensValue = (character === '"' || character === "'") && place.since.endsWith('=');
  if (!opensValue) return { ...place, since };
  // While inside the value, `element` remembers the tag so far: it is needed again once the value closes.
  const url = urlAttributes.test(place.since.slice(0, -1));
  return { state: 'quoted', since: '', quote: character, element: place.since, url };
}
