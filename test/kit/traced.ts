// Processes whose spans are told to the test: see programs/traced.ts.
import { startProgram, type Program } from './process.js';

export interface TracedOptions {
  prefix: string;
  queue: string;
  /** Of the dispatcher. Undefined: the process is a producer, which puts one composite. */
  uuid?: string;
}

/** A span, as it began or as it ended. */
export interface ToldSpan {
  type: 'begun' | 'ended';
  name: string;
  traceId: string;
  spanId: string;
  parentId: string | undefined;
  attributes: Readonly<Record<string, unknown>>;
  links: { relation: string; traceId: string; spanId: string }[];
}

export type TracedMessage =
  | ToldSpan
  | { type: 'active' }
  /** The ids of the composite, of the part that pauses in its first run, and of the callback. */
  | { type: 'put'; id: string; part: string; callback: string };

export function startTraced(options: TracedOptions): Program<TracedMessage> {
  return startProgram('traced', { env: { TRACED_OPTIONS: JSON.stringify(options) } });
}
