// The name of the task that both processes of Drover's side define.
export const PART = 'part';
