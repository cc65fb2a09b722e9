// Named points at which a test lets this process die, to prove what the next one does then. They do
// nothing otherwise.

/** Each lies between two steps of the protocol. */
export type CrashPoint =
  | 'put.before'
  | 'put.after'
  | 'add-callback.before'
  | 'add-callback.after'
  | 'claim.before'
  | 'claim.after'
  | 'run.before-commit'
  | 'commit.after'
  | 'once.after'
  | 'put-scheduled.before'
  | 'put-scheduled.after'
  | 'schedule.before'
  | 'schedule.after-chunk'
  | 'schedule.before-suspend'
  | 'schedule.after-suspend'
  | 'interrupt.after-cleaning'
  | 'interrupt.after-interrupt'
  | 'interrupt.before-deactivated'
  | 'handle-interrupt.before-decision'
  | 'handle-interrupt.after-decision'
  | 'resume-callbacks.before'
  | 'resume-callbacks.after'
  | 'cancel.after-take'
  | 'cancel.before-end'
  | 'cancel.after-part'
  | 'cancel.after-end'
  | 'activate.after-epoch';

const armed = process.env['DROVER_CRASH_POINT'];
let passes = Number(armed?.split('#')[1] ?? 1);

/**
 * Ends this process with SIGKILL when `$DROVER_CRASH_POINT` names this point: `name`, or `name#3`
 * for its third pass.
 */
export function crashPoint(point: CrashPoint): void {
  if (armed === undefined) return;
  if (armed.split('#')[0] !== point || --passes > 0) return;
  process.kill(process.pid, 'SIGKILL');
  // The signal ends the process only when the kernel delivers it: nothing may run until then.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
