// Jobs that processes could not run, since something that they need is not defined there (B1).

/** Jobs of one lane that need the same. */
export interface UnroutableJobs {
  lane: string;
  /** The kind of that which a process did not know. */
  kind: 'task' | 'policy' | 'codec';
  /** Its name. */
  name: string;
  /** How many jobs need it: a thousand of a lane are looked at. */
  jobs: number;
  /** The id of one of them: `queue.explain` says whether any process can run it now. */
  job: string;
}
