/** Ids on the way to a repository; where one is missing, everything below the others is meant. */
export interface Location {
  readonly workspace: string;
  readonly project?: string;
  readonly repository?: string;
}

/** Whether something can lie in both. */
export const overlap = (one: Location, other: Location): boolean =>
  (['workspace', 'project', 'repository'] as const).every(
    (part) => one[part] === undefined || other[part] === undefined || one[part] === other[part],
  );
