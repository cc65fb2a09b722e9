// The command `drover`: reads its arguments, runs one command, and gives the exit code.
import { Command, CommanderError } from 'commander';
import { InvalidArgumentError } from '@drover/core';
import { clean, withoutSecrets } from '../text/clean.js';
import { acting, WrongUse, type ExitCode } from './command.js';
import { addChanges } from './commands/changes.js';
import { addDashboard } from './commands/dashboard.js';
import { addDispatchers } from './commands/dispatchers.js';
import { addDoctor } from './commands/doctor.js';
import { addJobs } from './commands/jobs.js';
import { addLimits } from './commands/limits.js';
import { addLive } from './commands/live.js';
import { addMetrics } from './commands/metrics.js';
import { addPut } from './commands/put.js';
import { addQueues } from './commands/queues.js';
import { addQuotas } from './commands/quotas.js';
import { addSetAside } from './commands/set-aside.js';
import { addSchedules } from './commands/schedules.js';
import { addStatus } from './commands/status.js';
import { addTree } from './commands/tree.js';
import { addCompletion } from './completion.js';
import { Screen } from './screen.js';
import type { Terminal } from './terminal.js';

const COMMANDS = [
  ...[addStatus, addQueues, addQuotas, addLimits, addSchedules, addJobs, addTree],
  ...[addChanges, addSetAside, addPut],
  ...[addDispatchers, addLive, addDashboard, addMetrics, addDoctor],
];

const EXAMPLES = `
Examples:
  drover status                        what is there, and what is wrong
  drover status --json | jq .alarms    the same for programs
  drover jobs images --failed          the jobs of a queue that have failed
  drover explain ID                    why a job is not done, and what to do
  drover tree ID --watch               a composite as it was written, live
  drover retry images --failed --dry-run
  drover drain UUID --wait             deactivates a dispatcher
  drover dashboard                     the page, at http://127.0.0.1:9465
  drover metrics --port 9464           serves /metrics for Prometheus
  drover doctor                        what may become wrong, and what to do
  source <(drover complete bash)       completes commands and options with Tab

Redis is $REDIS_URL unless --redis is given, else redis://127.0.0.1:6379.
Exit codes: 0 fine, 1 something is wrong, 2 wrong use.`;

/** @param args without those of Node: ['status', '--json'] */
export async function main(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = 0;
  const program = makeProgram(terminal, (ended) => (code = ended));
  try {
    await addCompletion(program);
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    // Commander has written why.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    new Screen(terminal, false).error(messageOf(error as Error));
    return error instanceof InvalidArgumentError || error instanceof WrongUse ? 2 : 1;
  }
}

/** Redis refuses a command of a user without the right, or of a script that the user has called. */
const NO_RIGHT = /NOPERM|can't run this command/;

function messageOf({ message }: Error): string {
  return NO_RIGHT.test(message)
    ? 'this user of Redis has no right to do that: changes need the rights of a producer'
    : message;
}

function makeProgram(terminal: Terminal, ends: (code: ExitCode) => void): Command {
  const program = new Command('drover')
    .description('Sees and operates Drover: queues, jobs and dispatchers, in any process.')
    .option('--redis <url>', 'where Redis is (default: $REDIS_URL)')
    .option('--prefix <prefix>', 'what stands before every key (default: {drover})')
    .option('--json', 'for programs: one document, or one record a line')
    .option('--no-color', 'no colours')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureHelp({ minWidthToWrap: 20, subcommandTerm: termOf })
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      // An unknown option may hold a URL with a password (B2).
      writeErr: (text) => terminal.err(text.split('\n').map(safe).join('\n')),
      getOutHelpWidth: () => terminal.columns ?? 80,
      getErrHelpWidth: () => terminal.columns ?? 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  const act = acting(terminal, ends);
  for (const add of COMMANDS) add(program, act);
  return program;
}

/** A command in the list of all: its options are in its own help. */
function termOf(command: Command): string {
  const names = command.registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  );
  return [command.name(), ...names].join(' ');
}

/** A wrong option may have been meant as --auth, with a password (B2). */
const safe = (line: string): string =>
  clean(withoutSecrets(line).replace(/(--a[\w-]*=)[^'\s]+/g, '$1…'));
