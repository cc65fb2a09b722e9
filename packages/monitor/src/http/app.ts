// The API over a view: each request passes the guards, its input is checked, and JSON is answered.
import { Hono, type Context } from 'hono';
import { type z } from 'zod';
import type { FleetView } from '../model/fleet-view.js';
import { cleanJson } from '../text/clean.js';
import { audited, type Audit } from './audit.js';
import type { EventFeed } from './events/feed.js';
import { authenticated, headers, noStore, sameSite, smallBody } from './guards.js';
import type { Auth, Env } from './guards.js';
import { openApi } from './openapi.js';
import { addPage } from './page/page.js';
import { answerOf, Problem, toProblem } from './problem.js';
import type { Redactor } from './redact.js';
import type { Done, Route } from './route.js';

export interface AppOptions {
  view: FleetView;
  routes: readonly Route[];
  feed: EventFeed;
  basePath: string;
  auth: Auth | undefined;
  audit: Audit;
  redactor: Redactor;
  readOnly: boolean;
  onError: (error: Error) => void;
}

export function makeApp(options: AppOptions): Hono<Env> {
  const { basePath, auth, routes, readOnly, onError } = options;
  const app = new Hono<Env>({ strict: false }).basePath(basePath);
  app.use(headers, noStore, authenticated(auth));
  addPage(app);
  app.get('/api/openapi.json', (c) => json(c, openApi(routes)));
  for (const route of routes)
    if (route.method === 'get') app.get(route.path, (c) => look(c, route, options));
    else if (!readOnly) app.post(route.path, sameSite, smallBody, (c) => change(c, route, options));
  app.notFound((c) => problem(c, readOnly && c.req.method === 'POST' ? READ_ONLY : NO_PATH));
  app.onError((error, c) => {
    const told = toProblem(error);
    if (told.status >= 500) onError(error);
    return problem(c, told);
  });
  return app;
}

const NO_PATH = new Problem(404, 'NO_PATH', 'there is no such path: see api/openapi.json');
const READ_ONLY = new Problem(403, 'READ_ONLY', 'this monitor only reads');

/** A value with text of jobs: characters that hide or turn text are escaped. */
export function json(c: Context, value: unknown, status: Problem['status'] | 200 = 200): Response {
  return c.body(cleanJson(value), status, { 'Content-Type': 'application/json; charset=utf-8' });
}

function problem(c: Context, told: Problem): Response {
  return json(c, answerOf(told), told.status);
}

async function look(c: Context<Env>, route: Route, options: AppOptions): Promise<Response> {
  const input = checked(route.input, c.req.query());
  const answered = await answer(c, route, input, options);
  if (!(answered instanceof Response)) return json(c, answered);
  // Nobody reads the body of a HEAD.
  if (c.req.method === 'HEAD') await answered.body?.cancel();
  return answered;
}

async function change(c: Context<Env>, route: Route, options: AppOptions): Promise<Response> {
  const input = checked(route.input, await bodyOf(c));
  const what = { ...c.req.param(), ...input };
  const entry = { who: c.get('who'), action: route.path, what };
  const act = async () => (await answer(c, route, input, options)) as Done;
  return json(c, await audited(options.audit, entry, act));
}

async function answer(
  c: Context<Env>,
  route: Route,
  input: Record<string, unknown>,
  { view, feed, redactor, readOnly }: AppOptions,
): Promise<unknown> {
  const param = (name: string): string => c.req.param(name) ?? '';
  const header = (name: string) => c.req.header(name);
  const { signal } = c.req.raw;
  const call = { view, param, input, header, feed, redactor, readOnly, signal };
  return await route.answer(call as never);
}

async function bodyOf(c: Context): Promise<unknown> {
  const text = await c.req.text();
  try {
    return text === '' ? {} : (JSON.parse(text) as unknown);
  } catch {
    throw new Problem(400, 'BAD_INPUT', 'the body is no JSON');
  }
}

/** @throws Problem, which names each wrong field */
function checked(schema: z.ZodObject, given: unknown): Record<string, unknown> {
  const found = schema.safeParse(given);
  if (found.success) return found.data;
  const says = found.error.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  );
  throw new Problem(400, 'BAD_INPUT', says.join('; ').slice(0, 1_000));
}
