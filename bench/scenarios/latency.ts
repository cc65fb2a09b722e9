// From the put until the producer sees the result, one job after another.
import { percentile } from '../statistics.js';
import { PLAIN_SIDES } from './plain.js';
import { perJob, withPair, type Metric, type Scenario } from './scenario.js';

export function latency(jobs: number): Scenario {
  const metric: Omit<Metric, 'name'> = { unit: 'ms', better: 'lower', targets: { raw: [1.15] } };
  return {
    name: 'latency',
    jobs,
    sides: PLAIN_SIDES,
    metrics: [
      { ...metric, name: 'put → result seen, p50' },
      { ...metric, name: 'put → result seen, p99' },
    ],
    start: withPair(1, async (pair) => {
      await pair.worker.call('expect', jobs);
      let times: number[] = [];
      const lap = await pair.time(async () => {
        times = (await pair.producer.call('roundTrips', jobs)).map((seconds) => seconds * 1_000);
        return times.reduce((sum, time) => sum + time, 0) / 1_000;
      });
      await pair.worker.call('check');
      const values = [percentile(times, 0.5), percentile(times, 0.99)];
      return { values, cpu: perJob(jobs, lap) };
    }),
  };
}
