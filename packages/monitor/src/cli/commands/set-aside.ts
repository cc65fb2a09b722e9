// `drover set-aside`: the dead letters of a queue (B1).
import { Argument, type Command } from 'commander';
import type { DeadLetter } from '@drover/core';
import { span } from '../../text/words.js';
import { argument, tell, WrongUse, type Act, type Session } from '../command.js';
import { isConfirmed, type ConfirmOptions } from '../confirm.js';

export function addSetAside(program: Command, act: Act): void {
  const command = program
    .command('set-aside')
    .addArgument(new Argument('<action>', 'what to do').choices(['list', 'retry', 'drop']))
    .argument('<queue>')
    .argument('[id]', 'of a dead letter')
    .description('dead letters: jobs that no dispatcher can read, with the reasons')
    .option('--all', 'all of the queue')
    .option('--dry-run', 'with --all: only counts them')
    .option('--confirm <count>', 'with --all: so many are to be changed')
    .addHelpText('after', '\nExample:\n  drover set-aside retry images --all --dry-run');
  act(command, async (session, args, options) => {
    const [action, , id] = args;
    const letters = session.view.queue(argument(args, 1)).deadLetters();
    if (action === 'list') {
      await showLetters(session, await letters.list());
      return;
    }
    const how = action as 'retry' | 'drop';
    if ((id === undefined) !== (options['all'] === true))
      throw new WrongUse(`set-aside ${how} needs either an id or --all`);
    const found = id === undefined ? (await letters.list()).map((letter) => letter.id) : [id];
    const what = `set-aside ${how}`;
    const isOne = id !== undefined;
    if (!isOne && !(await isConfirmed(session, what, found.length, options as ConfirmOptions)))
      return;
    for (const one of found) await letters[how](one);
    const done = how === 'retry' ? 'back in its lane' : 'dropped';
    tell(session, { matched: found.length, done: found.length }, `${found.length} ${done}.`);
  });
}

async function showLetters(
  { view, screen, isJson }: Session,
  letters: readonly DeadLetter[],
): Promise<void> {
  const now = await view.now();
  if (isJson) for (const letter of letters) screen.record(letter);
  else if (letters.length === 0) screen.line('No job is set aside.');
  else
    for (const { id, task, lane, reason, at } of letters) {
      screen.cut(`${id}  ${task ?? '-'}  ${lane}  ${span(now - at)} ago`, 'bold');
      screen.paragraph(reason, { indent: '  ' });
    }
}
