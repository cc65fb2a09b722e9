// A monitor of a test, and requests to it without a port.
import { createMonitor, type Monitor, type MonitorOptions } from '@drover/monitor';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import type { TestContext } from '../../../../test/kit/context.js';
import { caught } from '../../../../test/kit/secret.js';

export interface Answered<T> {
  status: number;
  headers: Headers;
  text: string;
  /** Of a JSON answer. */
  body: T;
}

type Place = Pick<TestContext, 'redisUrl' | 'prefix'>;

export function monitorIn({ redisUrl, prefix }: Place, options: MonitorOptions = {}): Monitor {
  const monitor = createMonitor({ connection: redisUrl, prefix, audit: () => {}, ...options });
  cleanUpLater(() => monitor.close());
  return monitor;
}

/** What a script of the same site sends. */
export const sent = { 'content-type': 'application/json', 'x-drover-action': '1' };

export interface Client {
  get<T>(path: string, headers?: Record<string, string>): Promise<Answered<T>>;
  post<T>(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered<T>>;
}

export function clientOf(monitor: Monitor): Client {
  const ask = async <T>(path: string, init: RequestInit): Promise<Answered<T>> => {
    const { status, headers, ...response } = await answerTo(path, init);
    caught(response.text);
    const isJson = headers.get('content-type')?.startsWith('application/json') === true;
    return { status, headers, ...response, body: (isJson ? JSON.parse(response.text) : null) as T };
  };
  const answerTo = async (path: string, init: RequestInit) => {
    const response = await monitor.fetch(new Request(`http://monitor.test${path}`, init));
    const { status, headers } = response;
    return { status, headers, text: await response.text() };
  };
  return {
    get: (path, headers = {}) => ask(path, { headers }),
    post: (path, body = {}, headers = sent) =>
      ask(path, { method: 'POST', headers, body: JSON.stringify(body) }),
  };
}

export interface Refusal {
  error: { code: string; message: string };
}
