// A question before an action: what it does, to how many, and with which values.
import { signal } from '@preact/signals';
import type { ActionAnswer } from '../api/client.js';

/** The values of the fields of a question, by name. */
export type Values = Readonly<Record<string, string>>;

export interface Field {
  name: string;
  label: string;
  /** Default: text. */
  kind?: 'text' | 'number' | 'checkbox' | 'select' | 'json';
  /** Of a checkbox: 'yes', or nothing. */
  value?: string;
  options?: readonly string[];
  isRequired?: boolean;
  /** A name that stays as it is. */
  isFixed?: boolean;
  hint?: string;
}

export interface Question {
  title: string;
  /** What the action does, in a sentence. */
  says: string;
  /** The word on the button: 'Retry'. */
  verb: string;
  /** It takes something away. */
  isDangerous?: boolean;
  fields?: readonly Field[];
  /**
   * Asks the API how many jobs it would change, by a dry run; a number that is known already.
   * Default: it is not about jobs.
   */
  count?: number | (() => Promise<number>);
  /**
   * Does it. `count` is the number that was shown.
   * @throws ApiError, whose message is shown; with `matched` that number is asked for anew
   */
  act: (values: Values, count: number) => Promise<ActionAnswer>;
  /** Called when it was done, also in part. */
  after?: () => void;
}

/** The question that is open. */
export const question = signal<Question | undefined>(undefined);

export function askFirst(asked: Question): void {
  question.value = asked;
}
