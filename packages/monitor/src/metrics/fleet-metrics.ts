// Exports the state of the fleet as metrics: each scrape reads it once, through the read model.
import { checkOptions, InvalidArgumentError, UnavailableError } from '@drover/core';
import { Gauge, Registry } from 'prom-client';
import { FleetView, type FleetViewOptions } from '../model/fleet-view.js';
import { inTurns } from '../model/in-turns.js';
import { FLEET_GAUGES, type FleetReading, type Sample } from './fleet-gauges.js';
import { FLEET_LIMITS, fleetNames, type FleetLimits } from './fleet-names.js';
import { checkFree, unregister } from './registering.js';

export interface FleetMetricsOptions {
  /** A registry of prom-client 15. Default: a new one. */
  register?: Registry;
  /** How many names of each kind are values of labels. */
  limits?: Partial<FleetLimits>;
}

export interface FleetMetrics {
  readonly register: Registry;
  /** Takes the metrics out of the register, and ends the view that was made for them. */
  close(): Promise<void>;
}

/** Of a quota with keys about so many are read. */
const MOST_KEYS = 500;

const REDIS_UP = 'drover_redis_up';
const NAMES = [...Object.keys(FLEET_GAUGES), REDIS_UP];

/**
 * Registers the metrics of a fleet, for one exporter of a whole prefix. Each scrape of the register
 * reads as much as `FleetView.status()`, and the quotas of each queue; scrapes at the same time
 * share one reading. While Redis is away `drover_redis_up` is 0, and the other metrics have no
 * values. A scrape rejects with any other error, such as that of a Redis user without the rights.
 * @param source a view, or the options for one of its own, which does not wait for Redis
 * @throws InvalidArgumentError for a wrong option, or a register that has such metrics
 */
export function fleetMetrics(
  source: FleetView | FleetViewOptions = {},
  options: FleetMetricsOptions = {},
): FleetMetrics {
  checkOptions('fleetMetrics', options, ['register', 'limits']);
  const limits = toLimits(options.limits);
  const { register = new Registry() } = options;
  checkFree(register, NAMES, 'each fleet');
  const isGiven = source instanceof FleetView;
  const view = isGiven ? source : new FleetView({ whenUnavailable: 'fail', ...source });
  const update = updater(view, limits);
  const registers = [register];
  const up: Gauge = new Gauge({
    ...{ name: REDIS_UP, help: '1 where the last scrape could read Redis.', registers },
    collect: () => update(gauges, up),
  });
  const gauges: Gauges = new Map(
    Object.entries(FLEET_GAUGES).map(([name, { help, labelNames }]) => [
      name,
      new Gauge({ name, help, labelNames, registers, collect: () => update(gauges, up) }),
    ]),
  );
  return {
    register,
    async close() {
      unregister(register, NAMES);
      if (!isGiven) await view.close();
    },
  };
}

type Gauges = ReadonlyMap<string, Gauge>;

/** All gauges of one scrape ask for their values: it reads once for all of them. */
function updater(view: FleetView, limits: FleetLimits) {
  let reading: Promise<void> | undefined;
  return (gauges: Gauges, up: Gauge): Promise<void> =>
    (reading ??= update(gauges, up).finally(() => (reading = undefined)));

  async function update(gauges: Gauges, up: Gauge): Promise<void> {
    const found = await read(view, limits).catch((error: unknown) => {
      if (error instanceof UnavailableError) return undefined;
      throw error;
    });
    up.set(found ? 1 : 0);
    for (const [name, gauge] of gauges) {
      gauge.reset();
      const about = FLEET_GAUGES[name];
      if (!found || !about) continue;
      for (const { labels, value } of merged(about.samples(found), about.merge))
        gauge.set(labels, value);
    }
  }
}

async function read(view: FleetView, limits: FleetLimits): Promise<FleetReading> {
  const status = await view.status();
  const lists = await inTurns(status.queues, async ({ name: queue }) =>
    (await view.queue(queue).quotas.list({ mostKeys: MOST_KEYS })).map((quota) => ({
      queue,
      quota,
    })),
  );
  const quotas = lists.flat();
  const pairs = quotas.map(({ queue, quota }) => [queue, quota.name] as const);
  return { status, quotas, names: fleetNames(status, pairs, limits) };
}

function merged(samples: readonly Sample[], merge: 'sum' | 'max'): Iterable<Sample> {
  const byLabels = new Map<string, Sample>();
  for (const { labels, value } of samples) {
    const key = JSON.stringify(labels);
    const before = byLabels.get(key)?.value ?? 0;
    const both = merge === 'sum' ? before + value : Math.max(before, value);
    byLabels.set(key, { labels, value: both });
  }
  return byLabels.values();
}

function toLimits(limits: Partial<FleetLimits> = {}): FleetLimits {
  checkOptions('limits', limits, Object.keys(FLEET_LIMITS));
  for (const [name, limit] of Object.entries(limits))
    if (!Number.isInteger(limit) || limit < 0)
      throw new InvalidArgumentError(`limits.${name} must be a whole number, from 0`);
  return { ...FLEET_LIMITS, ...limits };
}
