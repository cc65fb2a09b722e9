// Asks the API of the monitor, at addresses relative to the page.

/** A look at the API, and the type of its answer. */
export interface Read<T> {
  /** Relative to the page: `api/queues/mail`. */
  readonly url: string;
  /** Never there: it carries the type. */
  readonly answer?: T;
}

/** An action, and the type of its answer. */
export interface Action<T = ActionAnswer> extends Read<T> {
  readonly body: Readonly<Record<string, unknown>>;
}

/** The answer to an action: how many jobs matched, and how many it has changed. */
export interface ActionAnswer {
  matched?: number;
  done?: number;
  dryRun?: boolean;
}

/** The API has refused a call, or was not there. */
export class ApiError extends Error {
  constructor(
    /** 0: there was no answer. */
    readonly status: number,
    readonly code: string,
    message: string,
    /** Of a count that is another one by now. */
    readonly matched?: number,
  ) {
    super(message);
  }
}

/** @throws ApiError; what `signal` is aborted with */
export async function ask<T>(read: Read<T>, signal?: AbortSignal): Promise<T> {
  return await answerTo<T>(read.url, signal ? { signal } : {});
}

/** @throws ApiError */
export async function act<T>({ url, body }: Action<T>): Promise<T> {
  const headers = { 'content-type': 'application/json', 'x-drover-action': '1' };
  return await answerTo<T>(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** The address of the API, wherever the page is mounted. */
export function urlOf(path: string): string {
  return new URL(path, document.baseURI).href;
}

async function answerTo<T>(url: string, init: RequestInit): Promise<T> {
  const response = await fetch(urlOf(url), init).catch((error: unknown) => {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, 'NO_ANSWER', 'The monitor does not answer.');
  });
  const answer = (await response.json().catch(() => undefined)) as T | Refusal | undefined;
  if (response.ok && answer !== undefined) return answer as T;
  const { code, message, matched } = (answer as Refusal | undefined)?.error ?? NO_JSON;
  throw new ApiError(response.status, code, message, matched);
}

interface Refusal {
  error: { code: string; message: string; matched?: number };
}

const NO_JSON: Refusal['error'] = {
  code: 'NO_JSON',
  message: 'The answer is not from the monitor: log in again, or see what stands between.',
};
