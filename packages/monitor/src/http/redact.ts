// Leaves out what a viewer must not see of jobs: arguments, results, annotations and failures.
import type { Explanation, FailureData } from '@drover/core';
import type { FleetEvent } from '../model/follow.js';
import type { JobName, JobView } from '../model/job-view.js';
import type { TreeNode } from '../model/tree/tree.js';

/** What a value is of a job: `once` are the results of `local.once`, by key. */
export type RedactedField = 'args' | 'value' | 'annotations' | 'once' | 'failure';

/** A value, and the job that has it. */
export interface RedactedPlace extends JobName {
  field: RedactedField;
}

/** Returns what is shown in the place of a value; undefined: nothing. */
export type Redact = (value: unknown, place: RedactedPlace) => unknown;

type BriefFailure = Pick<FailureData, 'name' | 'message'>;

const HIDDEN = '(redacted)';

export class Redactor {
  readonly #redact: Redact | undefined;

  /** @param redact true: all values, and the messages of failures */
  constructor(redact: Redact | boolean = false) {
    this.#redact = redact === true ? () => undefined : redact || undefined;
  }

  /** Whether anything is left out. */
  get isOn(): boolean {
    return this.#redact !== undefined;
  }

  job(job: JobView): JobView {
    if (!this.isOn) return job;
    const shown: JobView = { ...job, why: this.why(job.why, job) };
    for (const field of ['args', 'value', 'annotations', 'once'] as const)
      if (job[field] !== undefined) shown[field] = this.#value(job[field], job, field) as never;
    if (job.failure) shown.failure = this.#failure(job.failure, job);
    return shown;
  }

  tree(node: TreeNode): TreeNode {
    if (!this.isOn) return node;
    const { failure } = node;
    return {
      ...node,
      ...(failure && { failure: this.#failure(failure, node) }),
      children: node.children.map((child) => this.tree(child)),
    };
  }

  /** The sentences of an explanation quote the message of a failure. */
  why(why: Explanation, job: JobName): Explanation {
    if (!this.isOn) return why;
    const shown = { ...why };
    if ('failure' in shown) {
      const { message } = shown.failure;
      shown.failure = brief(this.#failure(shown.failure, job));
      shown.sentence = replaced(shown.sentence, message, shown.failure.message);
    }
    if (shown.verdict) {
      const { message } = shown.verdict;
      const hidden = this.#failure({ name: 'CancelledError', message }, job).message;
      shown.verdict = { ...shown.verdict, message: hidden };
      shown.sentence = replaced(shown.sentence, message, hidden);
      shown.advice = replaced(shown.advice, message, hidden);
    }
    return shown;
  }

  event(event: FleetEvent): FleetEvent {
    const { failure, job: id = '', task = '', queue = '' } = event;
    if (!this.isOn || !failure) return event;
    const shown = brief(this.#failure(failure, { id, task, queue }));
    return { ...event, failure: shown, says: replaced(event.says, failure.message, shown.message) };
  }

  /** Without a name and a message it is no failure: then the message is left out. */
  #failure(failure: BriefFailure, job: JobName): FailureData {
    const shown = this.#value(failure, job, 'failure') as Partial<FailureData> | undefined;
    if (typeof shown?.name === 'string' && typeof shown.message === 'string')
      return shown as FailureData;
    return { name: failure.name, message: HIDDEN };
  }

  /** A hook that throws leaves all out. */
  #value(value: unknown, { id, task, queue }: JobName, field: RedactedField): unknown {
    try {
      return this.#redact?.(value, { id, task, queue, field });
    } catch {
      return undefined;
    }
  }
}

function brief({ name, message }: FailureData): BriefFailure {
  return { name, message };
}

function replaced(text: string, message: string, shown: string): string {
  return message === '' ? text : text.replaceAll(message, () => shown);
}
