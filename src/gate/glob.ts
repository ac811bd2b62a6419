/** True when `*` in the glob can stand for runs of characters so that it becomes the text; everything else is literal. It goes back to the last `*` alone: at worst the length of the one times that of the other. */
export function matchesGlob(glob: string, text: string): boolean {
  let at = 0;
  let position = 0;
  let star = -1;
  let starPosition = 0;
  while (position < text.length) {
    if (glob[at] === '*') {
      star = at;
      starPosition = position;
      at += 1;
    } else if (glob[at] === text[position]) {
      at += 1;
      position += 1;
    } else if (star !== -1) {
      at = star + 1;
      starPosition += 1;
      position = starPosition;
    } else {
      return false;
    }
  }
  while (glob[at] === '*') at += 1;
  return at === glob.length;
}
