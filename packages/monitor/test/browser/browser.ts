// A monitor behind a real port, and its page in a real browser. Whatever the browser complains of
// is kept: errors on its console, broken scripts, refusals by the Content-Security-Policy, requests
// to other hosts.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { MonitorOptions } from '@drover/monitor';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import type { TestContext } from '../../../../test/kit/context.js';
import { monitorIn } from '../integration/monitor-requests.js';

/** scripts/chromium.mjs names it too. */
const executablePath = '/usr/bin/chromium';
const args = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

export interface Opened {
  page: Page;
  /** The address of the root of the page. */
  url: string;
  /** What the browser has complained of. */
  complaints: string[];
  /** Shows a screen: '#/queues/mail'. */
  show(hash: string): Promise<void>;
}

let browser: Promise<Browser> | undefined;

/** One browser for a test file. */
async function browserOf(): Promise<Browser> {
  browser ??= chromium.launch({ executablePath, args }).then((launched) => {
    cleanUpLater(() => launched.close());
    return launched;
  });
  return await browser;
}

/** A monitor at a port. */
export interface Serving {
  /** The address of its root. */
  url: string;
  /** Ends all connections, and listens no more. */
  stop(): Promise<void>;
  /** Listens again at the same port. */
  start(): Promise<void>;
}

/** Serves a monitor at a port of its own, which can go away and come back. */
export async function serving(
  context: TestContext,
  options: MonitorOptions = {},
  path = '/',
): Promise<Serving> {
  const monitor = monitorIn(context, { ...options, basePath: path });
  const listener = getRequestListener(monitor.fetch);
  let port = 0;
  let server = createServer();
  const start = async (): Promise<void> => {
    server = createServer((request, response) => void listener(request, response));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  };
  const stop = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  await start();
  cleanUpLater(stop);
  return { url: `http://127.0.0.1:${port}${path}`, start, stop };
}

/** Serves a monitor at a port of its own. @returns the address of its root */
export async function served(
  context: TestContext,
  options: MonitorOptions = {},
  path = '/',
): Promise<string> {
  return (await serving(context, options, path)).url;
}

/** Opens a page in a window of its own, without anything stored. */
export async function open(url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const window = await (
    await browserOf()
  ).newContext({
    viewport: { width: 1_280, height: 900 },
    ...options,
  });
  const page = await window.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      complaints.push(`${message.type()}: ${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => complaints.push(`broken: ${error.message}`));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin)
      complaints.push(`asks another host: ${request.url()}`);
  });
  await page.addInitScript({
    content: `addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      console.error('policy: ' + violatedDirective + ' ' + blockedURI));`,
  });
  await page.goto(url, { waitUntil: 'domcontentloaded' });
  await page.locator('.connection.live').waitFor();
  const show = async (hash: string): Promise<void> => {
    await page.goto(`${url}${hash}`);
    await page.locator('main h1').waitFor();
  };
  return { page, url, complaints, show };
}

/** By how many pixels the page is wider than its window: it would scroll sideways. */
export async function sideways(page: Page): Promise<number> {
  return await page.evaluate('document.documentElement.scrollWidth - innerWidth');
}
