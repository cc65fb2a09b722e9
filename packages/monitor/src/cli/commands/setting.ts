// What `drover quotas`, `limits` and `schedules` share: without an action they list what a queue
// has, with one they change one of these by its name.
import { Argument, type Command } from 'commander';
import type { Queue } from '@drover/core';
import { argument, WrongUse, type Act, type Session } from '../command.js';
import type { Column } from '../layout.js';
import type { Style } from '../screen.js';

/** The words of a command line, and its options. */
export interface Line {
  name: string;
  words: readonly (string | undefined)[];
  options: Readonly<Record<string, unknown>>;
}

export type SettingActions = Readonly<
  Record<string, (session: Session, queue: Queue, line: Line) => Promise<void>>
>;

interface SettingCommand {
  /** 'quotas' */
  command: string;
  /** 'quota' */
  one: string;
  show: (session: Session, queue: Queue) => Promise<void>;
  /** By the word of the command line: 'set'. */
  actions: SettingActions;
}

/** Adds the command, for its own arguments and options. */
export function addSettings(
  program: Command,
  act: Act,
  { command: title, one, show, actions }: SettingCommand,
): Command {
  const command = program
    .command(title)
    .argument('<queue>')
    .addArgument(new Argument('[action]', 'what to do').choices(Object.keys(actions)))
    .argument('[name]', `of a ${one}`);
  return act(command, async (session, args, options) => {
    const queue = session.view.queue(argument(args, 0));
    const [, action, name, ...words] = args;
    if (action === undefined) await show(session, queue);
    else if (name === undefined)
      throw new WrongUse(`${title} ${action} needs the name of a ${one}`);
    else await actions[action]?.(session, queue, { name, words, options });
  });
}

interface Table<T> {
  columns: readonly Column[];
  row: (item: T) => string[];
  style: (item: T) => Style | undefined;
  /** Said where there is no item. */
  none: string;
}

/** A table of what a queue has; for programs a record of each. */
export function showItems<T>(
  { screen, isJson }: Session,
  items: readonly T[],
  { columns, row, style, none }: Table<T>,
): void {
  if (isJson) for (const item of items) screen.record(item);
  else if (items.length === 0) screen.line(none);
  else screen.table(columns, items.map(row), items.map(style));
}
