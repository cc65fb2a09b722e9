// The public face of @drover/monitor: the read model, on which the command `drover` stands, and the
// metrics.
export { FleetView, type FleetViewOptions } from './model/fleet-view.js';
export type { Alarm, AlarmFacts } from './model/alarms/alarm.js';
export type { DispatcherView } from './model/dispatcher-view.js';
export type { Finding } from './model/doctor.js';
export type { ActivityStep, FleetActivity } from './model/fleet-activity.js';
export type { FleetEvent, Follower } from './model/follow.js';
export type { Death, Interrupt, Interrupts } from './model/interrupts.js';
export type { JobName, JobRow, JobView, JobViewOptions } from './model/job-view.js';
export type { PartPage, PartPageOptions } from './model/tree/part-page.js';
export type { LaneNumbers, LaneState, QueueState } from './model/queue-state.js';
export type { DispatcherState } from './model/sources.js';
export type { FleetStatus } from './model/status.js';
export type { TreeNode, TreeOptions } from './model/tree/tree.js';
export {
  dispatcherMetrics,
  type DispatcherMetrics,
  type DispatcherMetricsOptions,
} from './metrics/dispatcher-metrics.js';
export {
  fleetMetrics,
  type FleetMetrics,
  type FleetMetricsOptions,
} from './metrics/fleet-metrics.js';
export type { FleetLimits } from './metrics/fleet-names.js';
export { createMonitor, type Monitor, type MonitorOptions } from './http/monitor.js';
export type { Audit, AuditEntry } from './http/audit.js';
export type { MonitorFacts } from './http/reads/fleet.js';
export type { Auth, MonitorUser } from './http/guards.js';
export type { Redact, RedactedField, RedactedPlace } from './http/redact.js';
export {
  healthServer,
  type HealthServer,
  type HealthServerOptions,
} from './metrics/health-server.js';
export type { WatchedDispatcher } from './metrics/watched-dispatcher.js';
