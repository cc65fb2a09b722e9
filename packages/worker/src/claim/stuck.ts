// A slot whose task goes on after its run has ended by the timeout of the job (J10). The slot takes
// no other job meanwhile: the task uses what the size of the agent was chosen for.
import type { Run } from '../activation/activation.js';
import { fieldsOfRun } from '../logging/log-fields.js';
import { logReturned, logStuck } from '../logging/log-job.js';
import type { ExecuteDeps } from '../run/execute.js';

/** Resolves when the task has ended. */
export async function whileStuck(
  run: Run,
  late: NonNullable<Run['late']>,
  { activation, context }: Pick<ExecuteDeps, 'activation' | 'context'>,
): Promise<void> {
  // Most tasks end when their signal is aborted.
  if (late.hasEnded) return;
  const { logger } = context.settings;
  activation.stuck.add(run);
  logStuck(logger, fieldsOfRun(run));
  await late.ended;
  activation.stuck.delete(run);
  logReturned(logger, fieldsOfRun(run));
}
