// What a worker process tells the demo: its dispatcher's events, as messages between processes.

/** A job in the news. */
export interface JobNews {
  id: string;
  task: string;
  /** Of a batch: which. */
  batch?: number;
  /** The number of the claim: above 1 the job was taken over, or runs again. */
  fence: number;
}

export type News =
  | { event: 'activated' | 'deactivated' | 'deposed' | 'reactivated'; epoch: number }
  | { event: 'started' | 'completed' | 'failed' | 'reassigned'; job: JobNews; problem?: string }
  | {
      event: 'interrupted';
      jobId: string;
      task: string;
      dispatcher: string;
      handleInterrupt: string;
    }
  | { event: 'died'; dispatcher: string; age: number };

/** What a worker process is started with. */
export interface WorkerSettings {
  prefix: string;
  uuid: string;
}
