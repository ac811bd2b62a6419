/** The gate: everything that decides, and nothing that reads or writes. Imports nothing of ours and nothing of Node's. */
export * from './bounds/index.ts';
export * from './catalogues.ts';
export { evaluate, givenRole, liveRole, type Question, type Verdict } from './evaluate.ts';
export { explain } from './explain.ts';
export { matchesGlob } from './glob.ts';
export * from './granular-scopes.ts';
export { Grant, type AnyGrant, type GrantTargets } from './grant.ts';
export * from './kinds.ts';
export * from './operations.ts';
export * from './principal.ts';
export * from './refusal.ts';
export * from './restrictions.ts';
export * from './roles.ts';
export * from './scopes.ts';
export * from './targets.ts';
export { visibilityOf, type Visibility } from './visibility.ts';
