// OpenTelemetry, as far as the application has it. Its API is an optional peer of this package: it
// is loaded when spans are first made, which is after the application has registered an SDK.
import type * as Api from '@opentelemetry/api';

export type Otel = typeof Api;

/** Where the API, in each of its copies of version 1, keeps what an SDK has registered. */
const REGISTERED: unique symbol = Symbol.for('opentelemetry.js.api.1');
const NAME = '@opentelemetry/api';

let loaded: Otel | 'missing' | undefined;

/** Undefined while no SDK is registered: then there is nothing to do, and nothing is loaded. */
export function otel(): Otel | undefined {
  const { [REGISTERED]: registered } = globalThis as { [REGISTERED]?: { trace?: object } };
  if (registered?.trace === undefined) return undefined;
  loaded ??= load();
  return loaded === 'missing' ? undefined : loaded;
}

function load(): Otel | 'missing' {
  try {
    // A bundler that does not find a module leaves out a `require` inside of a `try`.
    return require('@opentelemetry/api') as Otel;
  } catch (error) {
    process.emitWarning(
      `an OpenTelemetry SDK is registered, and @drover/monitor finds no ${NAME}, so Drover makes ` +
        `no spans: npm install ${NAME} (${(error as Error).message.split('\n')[0] ?? ''})`,
      { code: 'DROVER_NO_TRACES' },
    );
    return 'missing';
  }
}

/** Gives the tracer of Drover's spans. */
export function tracerOf(api: Otel): Api.Tracer {
  return api.trace.getTracer('@drover/monitor');
}

/** Makes something of a span. An SDK that throws must fail no put and no run. */
export function guarded<T>(api: Otel, make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    api.diag.error('Drover could not make, complete or end a span', error);
    return undefined;
  }
}
