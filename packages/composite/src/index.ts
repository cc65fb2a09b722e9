// The public face of @drover/composite: jobs whose work is other jobs.
export { Composite } from './composite.js';
export { parallel, serial, type CompositeOptions, type PartResults } from './make.js';
