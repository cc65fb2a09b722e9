// `drover complete`: the script with which a shell completes commands, options and their values.
import type { Command } from 'commander';

/** Call it when all commands are there: it reads them. */
export async function addCompletion(program: Command): Promise<void> {
  const { default: tab } = await import('@bomb.sh/tab/commander');
  // Its types may be those of another commander of the same installation.
  tab(program as unknown as Parameters<typeof tab>[0]);
  program.commands
    .find((command) => command.name() === 'complete')
    ?.description('writes the script that completes commands with Tab in a shell');
}
