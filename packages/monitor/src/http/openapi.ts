// The description of the API for programs (OpenAPI 3.1), made from the routes.
import { z } from 'zod';
import { ANSWERS, type AnswerName } from './answers.js';
import { ACTION_HEADER } from './guards.js';
import type { Route } from './route.js';

interface Described {
  summary: string;
  parameters: object[];
  requestBody?: object;
  responses: object;
}

export interface OpenApi {
  openapi: string;
  info: object;
  paths: Record<string, Partial<Record<Route['method'], Described>>>;
  components: object;
}

const JSON_TYPE = 'application/json';
const schemaOf = (name: AnswerName | 'Error') => ({ $ref: `#/components/schemas/${name}` });

export function openApi(routes: readonly Route[]): OpenApi {
  const paths: OpenApi['paths'] = {};
  for (const route of routes)
    paths[templateOf(route.path)] = {
      ...paths[templateOf(route.path)],
      [route.method]: described(route),
    };
  return {
    openapi: '3.1.0',
    info: { title: 'Drover', version: '1', description: 'docs/guides/monitor.md says more.' },
    paths,
    components: { schemas: { Error: ERROR_SCHEMA, ...answerSchemas() } },
  };
}

const ERROR_SCHEMA = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: { code: { type: 'string' }, message: { type: 'string' } },
    },
  },
};

function answerSchemas(): Record<string, object> {
  const named = Object.entries(ANSWERS).map(([name, answer]) => {
    const { $schema: _, ...schema } = z.toJSONSchema(answer);
    return [name, schema] as const;
  });
  return Object.fromEntries(named);
}

/** '/api/queues/:queue' is written '/api/queues/{queue}'. */
export function templateOf(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}');
}

function described({ method, path, about, answers, input }: Route): Described {
  const { $schema: _, ...schema } = z.toJSONSchema(input);
  const isRead = method === 'get';
  const query = Object.entries(schema.properties ?? {}).map(([name, of]) => {
    return { name, in: 'query', required: schema.required?.includes(name) === true, schema: of };
  });
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
  const text = { type: 'string' };
  return {
    summary: about,
    parameters: [
      ...names.map((name) => ({ name, in: 'path', required: true, schema: text })),
      ...(isRead ? query : [{ name: ACTION_HEADER, in: 'header', required: true, schema: text }]),
    ],
    ...(!isRead && { requestBody: { required: true, content: { [JSON_TYPE]: { schema } } } }),
    responses: {
      200: {
        description: isRead ? 'As the summary says.' : 'Done.',
        content: { [contentOf(answers)]: { schema: schemaOf(answers) } },
      },
      default: { description: 'Refused.', content: { [JSON_TYPE]: { schema: schemaOf('Error') } } },
    },
  };
}

function contentOf(answers: AnswerName): string {
  return answers === 'Events' ? 'text/event-stream' : JSON_TYPE;
}
