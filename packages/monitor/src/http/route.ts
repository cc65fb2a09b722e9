// A route of the API as data: from the same table it is served, and described in openapi.json.
import { z } from 'zod';
import type { Queue } from '@drover/core';
import type { FleetView } from '../model/fleet-view.js';
import { NotThereError } from '../model/not-there.js';
import type { AnswerName } from './answers.js';
import type { EventFeed } from './events/feed.js';
import type { Redactor } from './redact.js';

/** A request whose input was checked. */
export interface Call<I> {
  view: FleetView;
  /** A parameter of the path. */
  param(name: string): string;
  /** The parameters of the query; of an action the fields of the body. */
  input: I;
  header(name: string): string | undefined;
  feed: EventFeed;
  redactor: Redactor;
  /** Whether no action is there. */
  readOnly: boolean;
  signal: AbortSignal;
}

/** What an action has done. `matched` and `done`: how many. */
export interface Done {
  matched?: number;
  done?: number;
  /** It only counted. */
  dryRun?: boolean;
  [fact: string]: unknown;
}

interface Described<I extends z.ZodObject> {
  path: string;
  /** One sentence. */
  about: string;
  /** What it answers, by its schema. */
  answers: AnswerName;
  input: I;
}

export interface Route extends Described<z.ZodObject> {
  method: 'get' | 'post';
  /** Gives a value for JSON, or the response itself. */
  answer(call: Call<never>): Promise<unknown>;
}

/** A route that only looks. */
export function read<I extends z.ZodObject>(
  route: Described<I> & { answer(call: Call<z.infer<I>>): Promise<unknown> },
): Route {
  return { method: 'get', ...route };
}

/** A route that changes something: it is not there in a monitor that only reads. */
export function action<I extends z.ZodObject>(
  route: Omit<Described<I>, 'answers'> & { answer(call: Call<z.infer<I>>): Promise<Done> },
): Route {
  return { method: 'post', answers: 'Done', ...route };
}

export const NO_INPUT = z.strictObject({});
/** A whole number in a query. */
export const digits = z.string().regex(/^\d{1,9}$/, 'a whole number, from 0');

/**
 * A queue that is there. An object is kept for each name, so unknown names get none.
 * @throws NotThereError
 */
export async function queueOf({ view, param }: Call<unknown>): Promise<Queue> {
  return view.queue(await knownQueue(view, param('queue')));
}

/** @throws NotThereError */
export async function knownQueue<N extends string | undefined>(
  view: FleetView,
  name: N,
): Promise<N> {
  if (name !== undefined && !(await view.queueNames()).includes(name))
    throw new NotThereError(`there is no queue ${name} under the prefix ${view.prefix}`);
  return name;
}
