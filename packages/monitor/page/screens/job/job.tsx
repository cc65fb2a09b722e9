// One job.
import { reads } from '../../api/reads.js';
import { useRead } from '../../live/use-read.js';
import { LookedAt } from '../../parts/looked.js';
import { Heading, Panel } from '../../parts/panel.js';
import { Json, Lines, Text } from '../../parts/text.js';
import { href, type Route } from '../../route/route.js';

export function JobScreen({ path: [, id = ''], query: { queue } }: Route) {
  const looked = useRead(reads.job(id, queue));
  return (
    <>
      <Heading more={<a href={href(['jobs', id, 'tree'], { queue })}>Tree</a>}>
        Job <Text of={id} />
      </Heading>
      <LookedAt at={looked}>
        {(job) => (
          <Panel title={<Text of={job.task} />}>
            <p>
              <Text of={job.why.sentence} />
            </p>
            <Json of={job} />
            {job.failure?.stack !== undefined && <Lines of={job.failure.stack} />}
          </Panel>
        )}
      </LookedAt>
    </>
  );
}
