// Retries, cancels or removes: the chosen jobs, or all that pass the filters.
import { actions, type Change, type Count } from '../../api/actions.js';
import { act, ApiError, type Action, type ActionAnswer } from '../../api/client.js';
import { ActionButton } from '../../parts/action-button.js';
import type { Question, Values } from '../../parts/ask.js';
import type { Query } from '../../route/route.js';

interface ChangeButtonsProps {
  queue: string;
  changes: readonly Change[];
  filter: Query;
  chosen: ReadonlySet<string>;
  after: () => void;
}

export function ChangeButtons({ changes, ...of }: ChangeButtonsProps) {
  return (
    <div class="actions">
      {changes.map((change) => (
        <span class="action-pair" key={change}>
          <ActionButton
            question={() => ofChosen(change, of)}
            isDangerous={change !== 'retry'}
            isDisabled={of.chosen.size === 0}
          >
            {VERBS[change]} selected ({of.chosen.size})
          </ActionButton>
          <ActionButton question={() => ofAll(change, of)} isDangerous={change !== 'retry'}>
            {VERBS[change]} all that match
          </ActionButton>
        </span>
      ))}
    </div>
  );
}

type Of = Omit<ChangeButtonsProps, 'changes'>;

const VERBS = { retry: 'Retry', cancel: 'Cancel', remove: 'Remove' } as const;
const SAYS = {
  retry: 'They run again, with their arguments and options.',
  cancel: 'They end with a failure, with all jobs below them. Runs are told by local.signal.',
  remove: 'They are gone, with their results and their parts.',
} as const;

function ofAll(change: Change, { queue, filter, after }: Of): Question {
  const body = bodyOf(filter);
  const call = (more: Count & { reason?: string }) =>
    act(actions.changeMany(change, queue, body, more));
  return {
    ...common(change, queue, after),
    count: async () => (await call({ dryRun: true })).matched ?? 0,
    act: (values, count) => call({ count, ...reasonIn(values) }),
  };
}

function ofChosen(change: Change, { queue, chosen, after }: Of): Question {
  const ids = [...chosen];
  return {
    ...common(change, queue, after),
    count: ids.length,
    act: (values) =>
      oneByOne(ids.map((id) => actions.changeOne(change, id, { queue, ...reasonIn(values) }))),
  };
}

function common(change: Change, queue: string, after: () => void) {
  return {
    title: `${VERBS[change]} jobs of ${queue}`,
    says: SAYS[change],
    verb: VERBS[change],
    isDangerous: change !== 'retry',
    ...(change === 'cancel' && {
      fields: [{ name: 'reason', label: 'Reason: the message of their failure' }],
    }),
    after,
  };
}

function reasonIn({ reason }: Values): { reason?: string } {
  return reason ? { reason } : {};
}

/** The filter as the body of an action has it. */
function bodyOf({ status, ...others }: Query): Record<string, unknown> {
  return { ...others, ...(status !== undefined && { status: status.split(',') }) };
}

/** A job that has gone on meanwhile is left out: 404 or 409. */
async function oneByOne(calls: readonly Action[]): Promise<ActionAnswer> {
  let done = 0;
  for (const call of calls)
    try {
      await act(call);
      done++;
    } catch (error) {
      if (!(error instanceof ApiError) || ![404, 409].includes(error.status)) throw error;
    }
  return { matched: calls.length, done };
}
