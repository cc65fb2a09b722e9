// The messages of a worker process to the demo: the events of its dispatcher.

/** A job in the news. */
export interface JobNews {
  id: string;
  task: string;
  /** The number of the batch, if it is one. */
  batch?: number;
  /** The number of the claim. Above 1, the job was taken over, or runs again. */
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

/** The settings of a worker process. */
export interface WorkerSettings {
  prefix: string;
  uuid: string;
}
