// The properties that Spin proves of the models in docs/protocol, and the mutants in which it must
// find an error (models.md there).

/**
 * One run of Spin. `define`: bounds and mutants; `live`: the property is that all jobs end, under
 * weak fairness; `isShort`: the run takes a few seconds, less than to optimize its program.
 */
const proves = (model, ...define) => ({ model, define, mustHold: true });
const fails = (model, ...define) => ({ model, define, mustHold: false, isShort: true });
const provesShortly = (model, ...define) => ({ ...proves(model, ...define), isShort: true });

export const runs = [
  proves('ownership', 'MAXRETRY=0'),
  proves('ownership', 'MAXFALSE=0'),
  proves('ownership', 'MAXCRASH=0'),
  proves('ownership', 'MAXLOST=0'),
  { ...proves('ownership', 'MAXRETRY=0'), live: true },
  ...['KEEPLOST', 'SAMETOKEN', 'AUDITBYJOB', 'NOAUDIT', 'NOFENCE'].map((name) =>
    fails('ownership', `MUTANT_${name}`),
  ),

  proves('hands', 'MAXCANCEL=1'),
  proves('hands', 'MAXCRASH=1'),
  proves('hands', 'MAXLOST=2'),
  proves('hands', 'MAXLOST=0', 'MAXFALSE=1'),
  provesShortly('hands', 'MAXLOST=0', 'MAXSTOP=1'),
  proves('hands', 'POISON=9', 'MAXFALSE=1'),
  proves('hands', 'JOBS=2', 'POISON=1', 'MAXFALSE=1'),
  proves('hands', 'JOBS=2', 'POISON=1', 'MAXSTOP=1', 'MAXCRASH=1'),
  provesShortly('hands', 'WAITS', 'OTHER=1'),
  provesShortly('hands', 'MAXLOST=0', 'NEVER=0'),
  { ...provesShortly('hands', 'WAITS', 'OTHER=1'), live: true },
  ...[
    'LOST_STORED',
    'LOST_RERUN',
    'NOT_READ',
    'RETIRES_ENDS',
    'KEEPS_GIVEN',
    'CLAIMS_UNCLEAR',
    'NO_RECONCILE',
    'AUDIT_BY_RUN',
    'SAME_TOKENS',
    'TIMER_GIVES_BEGUN',
    'RUNS_GIVEN',
  ].map((name) => fails('hands', `MUTANT_${name}`)),
  fails('hands', 'MAXFALSE=1', 'MUTANT_NO_FENCE'),
  fails('hands', 'MAXCANCEL=1', 'MUTANT_ALL_OR_NOTHING'),
  fails('hands', 'MAXCANCEL=1', 'MUTANT_REFUSAL_IGNORED'),
  fails('hands', 'MAXLOST=0', 'MUTANT_TOGETHER'),
  fails('hands', 'MAXLOST=0', 'NEVER=0', 'MUTANT_NEVER_JOINS'),
  fails('hands', 'MAXSTOP=1', 'MUTANT_STOP_COUNTS'),
  fails('hands', 'WAITS', 'MUTANT_NO_TIMER'),

  provesShortly('packs', 'PARTS=3', 'MAXLOST=2', 'MAXTOUCH=1'),
  provesShortly('packs', 'PARTS=3', 'MAXTOUCH=1', 'MAXCANCEL=1'),
  provesShortly('packs', 'PARTS=3', 'MAXTOUCH=1', 'MAXCRASH=1'),
  provesShortly('packs', 'MAXTOUCH=1', 'MAXFALSE=1'),
  provesShortly('packs', 'MAXTOUCH=1', 'MAXSTOP=1', 'MAXCRASH=1'),
  provesShortly('packs', 'PARTS=3', 'POISON=1', 'MAXTOUCH=1'),
  provesShortly('packs', 'PARTS=3', 'WAITS', 'OTHER=1'),
  { ...provesShortly('packs', 'WAITS', 'OTHER=1'), live: true },
  provesShortly('packs', 'SERIAL', 'PARTS=3', 'MAXLOST=2', 'MAXTOUCH=1'),
  provesShortly('packs', 'SERIAL', 'PARTS=3', 'MAXTOUCH=1', 'MAXCANCEL=1'),
  provesShortly('packs', 'SERIAL', 'PARTS=3', 'MAXFALSE=1'),
  provesShortly('packs', 'SERIAL', 'PARTS=3', 'MAXSTOP=1', 'MAXCRASH=1'),
  provesShortly('packs', 'SERIAL', 'PARTS=3', 'MAXTOUCH=1', 'MAXSTOP=1'),
  provesShortly('packs', 'SERIAL', 'BEFORE', 'OTHER=0', 'MAXTOUCH=1', 'MAXCRASH=1'),
  { ...provesShortly('packs', 'SERIAL', 'MAXTOUCH=1', 'MAXCRASH=1'), live: true },
  ...[
    'OPENS_UNFENCED',
    'OPENS_ENDED',
    'NOT_IN_FLOW',
    'LOST_STORED',
    'NOT_READ',
    'AUDIT_BY_RUN',
    'TOLD_BY_KEY',
    'NO_RECONCILE',
  ].map((name) => fails('packs', `MUTANT_${name}`)),
  fails('packs', 'MAXFALSE=1', 'MUTANT_NO_FENCE'),
  fails('packs', 'MAXFALSE=1', 'MUTANT_ENDS_OPENED'),
  fails('packs', 'MAXTOUCH=1', 'MUTANT_OPENS_PENDING'),
  fails('packs', 'MAXTOUCH=1', 'MUTANT_REFUSED_IS_LOST'),
  fails('packs', 'MAXCRASH=1', 'MUTANT_INTERRUPTS_PACK'),
  fails('packs', 'WAITS', 'MUTANT_AUDIT_BY_PACK'),
  ...[
    'RECORD_NO_NUMBER',
    'BEGINS_UNANSWERED',
    'KEEPS_PACK',
    'GOES_ON',
    'AUDIT_BY_RUN',
    'NOT_IN_FLOW',
  ].map((name) => fails('packs', 'SERIAL', `MUTANT_${name}`)),
  fails('packs', 'SERIAL', 'MAXFALSE=1', 'MUTANT_RECORD_NO_FENCE'),
  fails('packs', 'SERIAL', 'MAXCRASH=1', 'MUTANT_INTERRUPTS_PACK'),
  fails('packs', 'SERIAL', 'MAXSTOP=1', 'MUTANT_STOP_COUNTS'),
  fails('packs', 'SERIAL', 'MAXTOUCH=1', 'MUTANT_NO_CHAIN'),
  fails('packs', 'SERIAL', 'BEFORE', 'MAXTOUCH=1', 'MUTANT_KEEPS_PARENT'),

  proves('interrupt', 'MAXCRASH=0'),
  proves('interrupt', 'MAXCRASH=2', 'MAXFALSE=0'),
  proves('interrupt', 'NJ=1', 'MAXCRASH=2'),
  ...['BLIND_SEIZE', 'NO_FENCE', 'NO_DECISION_FENCE', 'NO_AUDIT'].map((name) =>
    fails('interrupt', 'NJ=1', `MUTANT_${name}`),
  ),
  fails('interrupt', 'NJ=1', 'MAXCRASH=2', 'MAXFALSE=0', 'MUTANT_CLEANED_ONCE'),

  provesShortly('owner'),
  ...['NO_MARK', 'NO_REOPENING', 'OLD_EPOCH'].map((name) => fails('owner', `MUTANT_${name}`)),

  provesShortly('turns', 'MAXLOST=0'),
  provesShortly('turns', 'MAXLOST=0', 'MOST=2'),
  proves('turns'),
  ...['ANY_KEY', 'NO_WAKE', 'REMOVAL_KEEPS'].map((name) =>
    fails('turns', 'MAXLOST=0', `MUTANT_${name}`),
  ),
  fails('turns', 'MUTANT_NO_SWEEP'),

  proves('rate-limits'),
  proves('rate-limits', 'MAX=2'),
  proves('rate-limits', 'MAXDIE=2', 'MAXLOST=2'),
  ...['DEATH_FREES', 'NO_TOKEN', 'NO_NOTE', 'TIMER_ONLY'].map((name) =>
    fails('rate-limits', `MUTANT_${name}`),
  ),

  provesShortly('quotas'),
  ...['END_KEEPS', 'LOOKS_AT_ONE', 'NO_PLACE', 'NO_WAKE', 'REMOVAL_KEEPS', 'NO_SWEEP'].map((name) =>
    fails('quotas', `MUTANT_${name}`),
  ),

  proves('composite'),
  ...[
    'NO_FENCE',
    'NO_MARK',
    'NO_WAKE',
    'PARTS_FIRST',
    'ASKS_AGAIN',
    'OWNS_ABORTED',
    'STARTED_UNMARKED',
  ].map((name) => fails('composite', `MUTANT_${name}`)),
];
