/** Whether the system, or Node, named an error so: `ENOENT`, `EEXIST` … (errno(3)). */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
