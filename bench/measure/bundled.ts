import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Mark {
  readonly line: number;
  readonly path: string;
}

const MARK = /^\s*\/\/ ((?:src|node_modules)\/\S+)$/;
const marks = new Map<string, readonly Mark[]>();

/** The file that this line of a bundle was made of, as the bundler marks it, relative to the project; undefined where it marks none. */
export function bundledFrom(url: string, line: number): string | undefined {
  let known = marks.get(url);
  if (known === undefined) {
    known = readFileSync(fileURLToPath(url), 'utf8')
      .split('\n')
      .flatMap((text, index) => {
        const path = MARK.exec(text)?.[1];
        return path === undefined ? [] : [{ line: index, path }];
      });
    marks.set(url, known);
  }
  return known.findLast((mark) => mark.line <= line)?.path;
}
