/** Bounds: what confines a credential beyond its scopes. */
export * from './bound.ts';
export { describeBound } from './describe.ts';
export { afterUses, decodeBound, encodeBound, isRefChange } from './form.ts';
export * from './judge.ts';
export { inNetwork, readAddress, readNetwork, type Network } from './network.ts';
export { PathsWithin } from './paths-within.ts';
export { compilePattern, matchesPattern, patternProblem, type Pattern } from './pattern.ts';
export { inWindow, readWindow, type Window } from './window.ts';
