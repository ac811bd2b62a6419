/**
 * A request target as the path and query that it is. Clients of a proxy write the whole address, and a server must accept
 * that from anybody (RFC 9112, section 3.2.2).
 */
export function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const [whole] = /^https?:\/\/[^/?#]*/i.exec(target) ?? [''];
  const rest = target.slice(whole.length);
  return whole === '' || rest.startsWith('/') ? rest : `/${rest}`;
}

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
  if (path.includes('//'))
    return `The path holds an empty segment ("//"): ${path.replace(/\/{2,}/g, '/')} is the one without it.`;
  // Both forms, so that nothing behind us that decodes once more sees another path than we routed.
  if (/(?:^|\/)\.{1,2}(?:\/|$)/.test(path) || /(?:^|\/)\.{1,2}(?:\/|$)/.test(decoded)) {
    return 'The path holds a "." or ".." segment.';
  }
  return undefined;
}
