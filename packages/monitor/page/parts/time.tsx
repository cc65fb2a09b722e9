// Times, by Redis's clock: ms since 1970.
import { moment, span } from '../../src/text/words.js';
import { now } from '../live/fleet.js';

/** '5 min ago', 'in 3 h'; the time itself where it is pointed at. */
export function Ago({ at }: { at: number | undefined }) {
  if (at === undefined) return <span class="faint">–</span>;
  const age = now.value - at;
  return (
    <time dateTime={moment(at)} title={moment(at)}>
      {age >= 0 ? `${span(age)} ago` : `in ${span(-age)}`}
    </time>
  );
}

/** How long ago: '5 min'. */
export function Age({ of }: { of: number | undefined }) {
  if (of === undefined) return <span class="faint">–</span>;
  return (
    <time dateTime={moment(of)} title={moment(of)}>
      {span(now.value - of)}
    </time>
  );
}

/** The date and the time, in the time zone of the browser. */
export function Moment({ at }: { at: number | undefined }) {
  if (at === undefined) return <span class="faint">–</span>;
  return (
    <time dateTime={moment(at)} title={moment(at)}>
      {FORMAT.format(at)}
    </time>
  );
}

const FORMAT = new Intl.DateTimeFormat('sv-SE', {
  ...({ year: 'numeric', month: '2-digit', day: '2-digit' } as const),
  ...({ hour: '2-digit', minute: '2-digit', second: '2-digit' } as const),
});
