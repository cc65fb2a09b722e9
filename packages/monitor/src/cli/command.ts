// What each command gets: the read model, the screen, and the global options.
import type { Command } from 'commander';
import { FleetView } from '../model/fleet-view.js';
import { Screen } from './screen.js';
import type { Terminal } from './terminal.js';

/** 0: fine; 1: something is wrong; 2: wrong use. */
export type ExitCode = 0 | 1 | 2;

export interface GlobalOptions {
  redis?: string;
  prefix?: string;
  json?: boolean;
  color: boolean;
}

export interface Session {
  view: FleetView;
  screen: Screen;
  terminal: Terminal;
  isJson: boolean;
}

/** Adds the action to a command. */
export type Act = (command: Command, action: Action) => Command;

/** An argument that commander has made sure of. */
export function argument(args: readonly (string | undefined)[], i: number): string {
  const found = args[i];
  if (found === undefined) throw new WrongUse('an argument is missing');
  return found;
}

/** A command's work. Without a result it ends with 0. */
export type Action = (
  session: Session,
  args: readonly (string | undefined)[],
  options: Readonly<Record<string, unknown>>,
) => Promise<ExitCode | void>;

/** Says what was done, or writes it as a document. */
export function tell({ screen, isJson }: Session, document: object, sentence: string): void {
  if (isJson) screen.document(document);
  else screen.paragraph(sentence);
}

/** A wrong use that commander does not see. */
export class WrongUse extends Error {}

/** Lets a command act. `ends` gets its exit code. */
export function acting(terminal: Terminal, ends: (code: ExitCode) => void): Act {
  return (command, action) =>
    command.action(async () => {
      const globals = command.optsWithGlobals<GlobalOptions>();
      const view = new FleetView({
        // An empty variable counts as none.
        ...(globals.redis ? { connection: globals.redis } : envConnection(terminal)),
        ...(globals.prefix !== undefined && { prefix: globals.prefix }),
        ...{ whenUnavailable: 'fail', readOnly: command.opts()['readOnly'] === true },
      });
      try {
        const screen = new Screen(terminal, hasColor(terminal, globals));
        const session = { view, screen, terminal, isJson: globals.json === true };
        ends((await action(session, command.args, command.opts())) ?? 0);
      } finally {
        await view.close();
      }
    });
}

function envConnection({ env }: Terminal): { connection?: string } {
  return env['REDIS_URL'] ? { connection: env['REDIS_URL'] } : {};
}

function hasColor({ columns, env }: Terminal, { color, json }: GlobalOptions): boolean {
  const isPlain = env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '';
  return color && !json && columns !== undefined && !isPlain && env['TERM'] !== 'dumb';
}
