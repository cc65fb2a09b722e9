// The page /metrics of a register.
import type { Registry } from 'prom-client';
import type { Page } from './serve-pages.js';

export async function metricsPage(register: Registry): Promise<Page> {
  return { type: register.contentType, body: await register.metrics() };
}
