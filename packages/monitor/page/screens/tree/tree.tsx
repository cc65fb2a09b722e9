// The tree of a job as its author wrote it: serial in order, parallel, postprocess, callbacks.
import { reads } from '../../api/reads.js';
import { useRead } from '../../live/use-read.js';
import { LookedAt } from '../../parts/looked.js';
import { Heading, Panel } from '../../parts/panel.js';
import { Tabs } from '../../parts/tabs.js';
import { Text } from '../../parts/text.js';
import { href, hrefWith, type Route } from '../../route/route.js';
import { Branches } from './branches.js';
import { Node } from './node.js';

/** Parts of each composite that are shown. */
const MOST = ['20', '100', '300'] as const;

export function TreeScreen(at: Route) {
  const { path, query } = at;
  const id = path[1] ?? '';
  const { queue, most = MOST[0] } = query;
  const looked = useRead(reads.tree(id, { queue, most }));
  return (
    <>
      <Heading more={<a href={href(['jobs', id], { queue })}>Job</a>}>
        Tree of <Text of={id} />
      </Heading>
      <LookedAt at={looked}>
        {(tree) => (
          <Panel
            title={tree.job?.status === 'completed' ? 'It has ended' : 'It goes on'}
            more={
              <Tabs
                label="How many parts of each composite"
                open={most}
                tabs={MOST.map((key) => ({
                  key,
                  name: `${key} parts`,
                  href: hrefWith(at, { most: key }),
                }))}
              />
            }
          >
            <div class="tree">
              <Node of={tree} />
              <Branches of={tree} />
            </div>
          </Panel>
        )}
      </LookedAt>
    </>
  );
}
