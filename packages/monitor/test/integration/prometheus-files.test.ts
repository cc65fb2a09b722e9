// The Grafana dashboard and the alert rules ask for metrics, labels and values that are exported,
// and the guide lists all metrics.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineTask } from '@drover/core';
import { parse } from 'yaml';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';
import { root } from '../../../../test/kit/paths.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatcherMetrics, fleetMetrics } from '../../src/index.js';

interface Dashboard {
  panels: { title: string; targets?: { expr: string; legendFormat: string }[] }[];
  templating: { list: { query: string | { query: string } }[] };
}
interface Rule {
  alert: string;
  expr: string;
  annotations: { summary: string; description: string };
}

const context = testContext('prometheus-files');
const { prefix, redisUrl } = context;
const echo = defineTask('prometheusFiles.echo', (value: unknown) => value);
const read = (file: string): string =>
  readFileSync(join(root, 'packages/monitor/prometheus', file), 'utf8');

const dashboard = JSON.parse(read('grafana-dashboard.json')) as Dashboard;
const { groups } = parse(read('alerts.yml')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const targets = dashboard.panels.flatMap((panel) => panel.targets ?? []);
const expressions = [...targets, ...rules].map(({ expr }) => expr);

/** What a scrape gives: by the name of each series its labels, and all values of each. */
let series: Map<string, Map<string, Set<string>>>;
/** The names of the metrics. */
let names: string[];

beforeAll(async () => {
  const queue = context.queue('files');
  await queue.quotas.create('disk', 1);
  const dispatcher = dispatchersIn(context).make('files');
  const worker = dispatcherMetrics(dispatcher).register;
  const fleet = fleetMetrics({ connection: redisUrl, prefix });
  cleanUpLater(() => fleet.close());
  await dispatcher.activate();
  await (await queue.put(echo.job(1))).wait();
  await eventually(async () => /^drover_job_run_seconds_bucket/m.test(await worker.metrics()));
  const text = `${await worker.metrics()}\n${await fleet.register.metrics()}`;
  names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
  // Counters of what has not happened have no series: they have the labels of those that have.
  series = new Map(names.map((name) => [name, new Map()]));
  for (const [, name = '', labels = ''] of text.matchAll(/^(drover_\w+)(?:\{(.*)\})? \S+$/gm)) {
    const known = series.get(name) ?? new Map<string, Set<string>>();
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="([^"]*)"/g))
      known.set(label, (known.get(label) ?? new Set()).add(value));
    series.set(name, known);
  }
});

/** All labels of a series; `instance` comes from Prometheus. */
function labelsOf(name: string): string[] {
  const known = series.get(name.startsWith('drover_jobs_') ? 'drover_jobs_started_total' : name);
  return [...(known?.keys() ?? []), 'instance'];
}

const namesIn = (expr: string): string[] => expr.match(/drover_\w+/g) ?? [];

it('D10 each expression asks for series that are exported', () => {
  expect(expressions.length).toBeGreaterThan(40);
  for (const expr of expressions) {
    expect(namesIn(expr)).not.toEqual([]);
    for (const name of namesIn(expr))
      expect([expr, [...series.keys()]]).toEqual([expr, expect.arrayContaining([name])]);
  }
});

it('D10 each selector asks for labels and values that are exported', () => {
  for (const expr of expressions)
    for (const [, name = '', selector = ''] of expr.matchAll(/(drover_\w+)\{([^}]*)\}/g))
      for (const [, label = '', values = ''] of selector.matchAll(/(\w+)[=!]~?"([^"]*)"/g)) {
        expect(labelsOf(name)).toContain(label);
        if (values === '$queue') continue;
        expect([...(series.get(name)?.get(label) ?? [])]).toEqual(
          expect.arrayContaining(values.split('|')),
        );
      }
});

it('D10 each grouping and each text uses labels of its series', () => {
  for (const expr of expressions)
    for (const [, grouped = ''] of expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g))
      for (const label of grouped.split(', ').filter((one) => one !== 'le'))
        for (const name of namesIn(expr).filter((one) => labelsOf(one).length > 1))
          expect([name, labelsOf(name)]).toEqual([name, expect.arrayContaining([label])]);
  const texts = [
    ...targets.map(({ expr, legendFormat }) => [expr, legendFormat] as const),
    ...rules.map(({ expr, annotations }) => [expr, Object.values(annotations).join(' ')] as const),
  ];
  for (const [expr, text] of texts)
    for (const [, label = ''] of text.matchAll(/\{\{ ?(?:\$labels\.)?(\w+)/g))
      expect([expr, namesIn(expr).flatMap(labelsOf)]).toEqual([
        expr,
        expect.arrayContaining([label]),
      ]);
});

it('D10 the dashboard, its variables and the guide know every metric', () => {
  const { list } = dashboard.templating;
  expect(list.map(({ query }) => (typeof query === 'string' ? query : query.query))).toEqual([
    'prometheus',
    'label_values(drover_queue_jobs, queue)',
  ]);
  const guide = readFileSync(join(root, 'docs/guides/monitor.md'), 'utf8');
  const listed = [...guide.matchAll(/`(drover_\w+)`/g)].map(([, name]) => name);
  expect(names.filter((name) => !listed.includes(name))).toEqual([]);
  expect(listed.filter((name = '') => !names.includes(name))).toEqual([]);
  const used = new Set(expressions.flatMap(namesIn).map((name) => name.replace(/_bucket$/, '')));
  expect(names.filter((name) => !used.has(name))).toEqual([]);
});

it('D10 each alert has a name of its own, and says what is wrong and what to do', () => {
  const alerts = rules.map(({ alert }) => alert);
  expect(new Set(alerts).size).toBe(alerts.length);
  for (const { annotations } of rules)
    expect([annotations.summary, annotations.description]).toEqual([
      expect.stringMatching(/\S/),
      expect.stringMatching(/\S/),
    ]);
});
