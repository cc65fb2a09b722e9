// The values of one scrape.
import type { Registry } from 'prom-client';

/**
 * Scrapes, and gives a function that looks a value up by the name of its metric, or `_count` of a
 * histogram, and by its labels. Undefined: there is no such value.
 */
export async function valuesOf(register: Registry) {
  const metrics = await register.getMetricsAsJSON();
  const all = metrics.flatMap(({ name, values }) =>
    values.map((one) => ({ name: 'metricName' in one ? String(one.metricName) : name, ...one })),
  );
  return (name: string, labels: Readonly<Record<string, string>> = {}): number | undefined =>
    all.find(
      (one) =>
        one.name === name &&
        Object.entries(labels).every(
          ([label, value]) => (one.labels as Record<string, unknown>)[label] === value,
        ),
    )?.value;
}
