// The public face of @drover/monitor/tracing. It loads neither the read model nor the HTTP API, and
// OpenTelemetry only where the application has registered it.
export { enableTracing, type Tracing, type TracingOptions } from './enable-tracing.js';
export type { TracedDispatcher } from './traced-dispatcher.js';
