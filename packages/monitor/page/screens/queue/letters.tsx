// The dead letters of a queue, with the reasons.
import { actions } from '../../api/actions.js';
import { act } from '../../api/client.js';
import { reads, type LetterPage } from '../../api/reads.js';
import { useRead } from '../../live/use-read.js';
import { ActionButton } from '../../parts/action-button.js';
import type { Question } from '../../parts/ask.js';
import { JobLink } from '../../parts/links.js';
import { LookedAt } from '../../parts/looked.js';
import { Pager } from '../../parts/pager.js';
import { Table, type Column } from '../../parts/table.js';
import { Text } from '../../parts/text.js';
import { Ago } from '../../parts/time.js';
import { hrefWith, type Route } from '../../route/route.js';

type Letter = LetterPage['letters'][number];
type What = 'retry' | 'drop';

const VERBS = { retry: 'Retry', drop: 'Drop' } as const;
const SAYS = {
  retry: 'Back into its lane. It is set aside again where its record is as it was.',
  drop: 'It is removed, with its record.',
} as const;

export function Letters({ at, queue }: { at: Route; queue: string }) {
  const looked = useRead(reads.setAside(queue, { start: at.query['start'] }));
  const columns: readonly Column<Letter>[] = [
    { name: 'Job', isHead: true, cell: ({ id }) => <JobLink id={id} queue={queue} /> },
    { name: 'Task', cell: ({ task }) => (task === undefined ? '–' : <Text of={task} />) },
    { name: 'Lane', cell: ({ lane }) => <Text of={lane} /> },
    { name: 'Since', cell: ({ at: time }) => <Ago at={time} /> },
    { name: 'Reason', cell: ({ reason }) => <Text of={reason} /> },
  ];
  const buttons = ({ id }: Letter) =>
    (['retry', 'drop'] as const).map((what) => (
      <ActionButton
        key={what}
        isDangerous={what === 'drop'}
        label={`${VERBS[what]} ${id}`}
        question={() => questionOf(what, queue, id, looked.again)}
      >
        {VERBS[what]}
      </ActionButton>
    ));
  return (
    <LookedAt at={looked}>
      {({ letters, start, limit, total }) => (
        <>
          {total > 0 && (
            <div class="actions">
              {(['retry', 'drop'] as const).map((what) => (
                <ActionButton
                  key={what}
                  isDangerous={what === 'drop'}
                  question={() => questionOf(what, queue, undefined, looked.again)}
                >
                  {VERBS[what]} all
                </ActionButton>
              ))}
            </div>
          )}
          <Table
            label="Dead letters"
            {...{ columns, rows: letters, actions: buttons }}
            keyOf={({ id, lane }) => `${lane}/${id}`}
            none="None is set aside."
          />
          <Pager
            {...{ start, limit, shown: letters.length, more: start + limit < total }}
            hrefOf={(next) => hrefWith(at, { start: String(next) })}
          />
        </>
      )}
    </LookedAt>
  );
}

/** @param id undefined: all */
function questionOf(
  what: What,
  queue: string,
  id: string | undefined,
  after: () => void,
): Question {
  const verb = VERBS[what];
  const all = (count: { dryRun: true } | { count: number }) =>
    act(actions.letters(what, queue, undefined, count));
  return {
    title: `${verb} ${id === undefined ? `dead letters of ${queue}` : id}`,
    says: SAYS[what],
    verb,
    isDangerous: what === 'drop',
    count: id === undefined ? async () => (await all({ dryRun: true })).matched ?? 0 : 1,
    act: (_, count) =>
      id === undefined ? all({ count }) : act(actions.letters(what, queue, id, { count: 1 })),
    after,
  };
}
