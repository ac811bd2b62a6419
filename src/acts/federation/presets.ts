/** For doors and the command line, which take of a domain nothing but types. */
export {
  conditionText,
  isPreset,
  ISSUER_PRESETS,
  PRESET_NAMES,
  readCondition,
  type IssuerPreset,
} from '../../federation/index.ts';
