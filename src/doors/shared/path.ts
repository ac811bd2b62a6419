/** What makes a request path unfit to be routed at all, or undefined for a good one. */
export function pathProblem(url: string): string | undefined {
  const path = url.split('?', 1)[0] ?? '';
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return 'The path holds a percent sign that is not followed by two hexadecimal digits of UTF-8.';
  }
  if (/[\p{Cc}\\]/u.test(decoded)) return 'The path holds a control character or a backslash.';
  if (path.includes('//')) return 'The path holds an empty segment ("//").';
  // Both forms, so that nothing behind us that decodes once more sees another path than we routed.
  if (/(?:^|\/)\.{1,2}(?:\/|$)/.test(path) || /(?:^|\/)\.{1,2}(?:\/|$)/.test(decoded)) {
    return 'The path holds a "." or ".." segment.';
  }
  return undefined;
}
