// The facts about its monitor that the page asks for before it shows anything.
import { signal } from '@preact/signals';
import type { MonitorFacts } from '@drover/monitor';
import { ask, ApiError } from './client.js';
import { reads } from './reads.js';

export const about = signal<MonitorFacts | undefined>(undefined);
/** Why it is not known. */
export const aboutProblem = signal<ApiError | undefined>(undefined);

/** Whether the page shows actions. */
export function mayAct(): boolean {
  return about.value?.readOnly === false;
}

/** Asks until there is an answer. */
export async function learnAbout(): Promise<void> {
  try {
    about.value = await ask(reads.about());
    aboutProblem.value = undefined;
  } catch (error) {
    if (error instanceof ApiError) aboutProblem.value = error;
    setTimeout(() => void learnAbout(), AGAIN);
  }
}

/** Ms. */
const AGAIN = 3_000;
