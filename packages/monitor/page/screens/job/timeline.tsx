// The life of the job: its put, its times, its runs, its result, its callbacks.
import type { JobRow, JobView, TreeNode } from '@drover/monitor';
import type { ComponentChildren } from 'preact';
import { clean } from '../../../src/text/clean.js';
import { counted, span } from '../../../src/text/words.js';
import { now } from '../../live/fleet.js';
import { Bar } from '../../parts/bar.js';
import { DispatcherLink } from '../../parts/links.js';
import { Panel } from '../../parts/panel.js';
import { Text } from '../../parts/text.js';
import { Ago, Moment } from '../../parts/time.js';
import { CallbackStep } from './callback-step.js';
import { InterruptStep } from './interrupt-step.js';

interface TimelineProps {
  of: JobView;
  /** The job with those around it; undefined: they are not known yet. */
  tree: TreeNode | undefined;
  /** The `handleInterrupt` jobs that were found of it, the oldest first. */
  interrupts: readonly JobRow[];
}

export function Timeline(props: TimelineProps) {
  return (
    <Panel title="Timeline">
      <ol class="timeline">
        {stepsOf(props).map(({ key, is, name, at, says }) => (
          <li key={key} class={is}>
            <span class="step-name">{name}</span>
            {at !== undefined && (
              <span class="step-time">
                <Moment at={at} />{' '}
                <span class="faint">
                  (<Ago at={at} />)
                </span>
              </span>
            )}
            {says && <span class="step-says">{says}</span>}
          </li>
        ))}
      </ol>
    </Panel>
  );
}

interface Step {
  key: string;
  /** 'now': it goes on; 'ahead': it has not come. */
  is: 'done' | 'now' | 'ahead' | 'bad' | 'warn';
  name: ComponentChildren;
  at?: number | undefined;
  /** Its place among steps with times, where it has none of its own. Default: before them. */
  before?: number;
  says?: ComponentChildren;
}

function stepsOf({ of: job, tree, interrupts }: TimelineProps): Step[] {
  // A job that was interrupted was due, and ran, before or after that.
  const known = [
    ...interruptSteps(job, interrupts),
    dueStep(job),
    ...claimSteps(job),
    ...runSteps(job),
  ];
  return [
    putStep(job),
    ...known.sort((a, b) => whenOf(a) - whenOf(b)),
    ...partSteps(tree),
    resultStep(job),
    ...callbackSteps(job, tree),
    ...endSteps(job),
  ];
}

function whenOf({ at, before }: Step): number {
  return at ?? before ?? 0;
}

function putStep({ times: { put } }: JobView): Step {
  if (put === undefined) return { key: 'put', is: 'ahead', name: 'Put' };
  return { key: 'put', is: 'done', name: 'Put', at: put };
}

function dueStep({ times: { put, due }, status, retries, interruptions }: JobView): Step {
  if (due === undefined) {
    const says = status === 'new' ? 'Its turn has not come.' : undefined;
    return { key: 'due', is: 'ahead', name: 'Due', says };
  }
  const isAgain = retries + interruptions > 0 && due !== put;
  const says = isAgain ? 'again: so its retry policy said' : undefined;
  return { key: 'due', is: due > now.value ? 'now' : 'done', name: 'Due', at: due, says };
}

function claimSteps({ fence, times: { started: before = Infinity } }: JobView): Step[] {
  if (fence === 0) return [];
  const says = `Fence ${fence}: nothing that an earlier claim does is accepted.`;
  return [{ key: 'claims', is: 'done', name: `Claimed ${counted(fence, 'time')}`, before, says }];
}

/** Those of recovery's own jobs that are kept still have times. */
function interruptSteps({ interruptions }: JobView, interrupts: readonly JobRow[]): Step[] {
  if (interruptions === 0) return [];
  const others = interruptions - interrupts.length;
  const steps = interrupts.map((of): Step => {
    const says = <InterruptStep of={of} />;
    return { key: of.id, is: 'warn', name: 'Interrupted', at: of.times.put, says };
  });
  if (others <= 0) return steps;
  const name = `Interrupted ${counted(others, 'time')}${interrupts.length > 0 ? ' before' : ''}`;
  return [{ key: 'interrupts', is: 'warn', name }, ...steps];
}

function runSteps(job: JobView): Step[] {
  const { attempts, dispatcher, agent, status, callbacks } = job;
  const { started, ended } = job.times;
  if (started === undefined) return [];
  const isOn = status === 'active' || status === 'assigned';
  const says = (
    <>
      {dispatcher !== undefined && (
        <>
          by dispatcher <DispatcherLink uuid={dispatcher} />
          {agent !== undefined && (
            <>
              , agent <Text of={agent} />
            </>
          )}
        </>
      )}
      {isOn && <>, for {span(now.value - started)}</>}
      {ended !== undefined && callbacks.length === 0 && <>, took {span(ended - started)}</>}
    </>
  );
  const name = `Run ${Math.max(attempts, 1)} began`;
  return [{ key: 'run', is: isOn ? 'now' : 'done', name, at: started, says }];
}

function partSteps(tree: TreeNode | undefined): Step[] {
  if (!tree?.progress) return [];
  const { parts, completed, failed } = tree.progress;
  const says = (
    <>
      <Bar label="Parts that have ended" value={completed} max={parts} />
      {failed > 0 && <span class="bad-text"> {failed} failed</span>}
    </>
  );
  return [{ key: 'parts', is: completed < parts ? 'now' : 'done', name: 'Parts', says }];
}

function resultStep({ outcome, failure }: JobView): Step {
  const key = 'result';
  if (outcome === undefined) return { key, is: 'ahead', name: 'Result' };
  if (!failure) return { key, is: 'done', name: 'Result: succeeded' };
  const says = <Text of={`${failure.name}: ${failure.message}`} />;
  return { key, is: 'bad', name: 'Result: failed', says };
}

function callbackSteps({ callbacks, outcome }: JobView, tree: TreeNode | undefined): Step[] {
  const states = new Map(tree?.children.map((child) => [child.id, child]));
  return callbacks.map((callback): Step => {
    const node = states.get(callback.id);
    const isOver = node?.job?.status === 'completed';
    const is = outcome === undefined ? 'ahead' : node?.failure ? 'bad' : isOver ? 'done' : 'now';
    const says = <CallbackStep of={callback} job={node?.job} />;
    return { key: callback.id, is, name: `Callback ${clean(callback.task)}`, says };
  });
}

function endSteps({ times: { put, ended } }: JobView): Step[] {
  if (ended === undefined) return [{ key: 'end', is: 'ahead', name: 'Completed' }];
  const says = put === undefined ? undefined : `${span(ended - put)} after its put`;
  return [{ key: 'end', is: 'done', name: 'Completed', at: ended, says }];
}
