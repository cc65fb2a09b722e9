// Why a job is not done is said in the same words everywhere: by the queue, the command, the API
// and the page (O4).
import type { Explanation } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { clean } from '../../src/text/clean.js';
import { documentIn, droverIn } from '../integration/drover.js';
import { open, served } from './browser.js';
import { sceneIn, type Scene } from './scene.js';

const context = testContext('browser-explain');
const drover = droverIn(context);
let url: string;
let scene: Scene;

beforeAll(async () => {
  url = await served(context);
  scene = await sceneIn(context);
});

it.each(['completed', 'failed', 'holder', 'waiting', 'delayed', 'composite'] as const)(
  'O4 queue, command, API and page explain the job %s alike',
  async (name) => {
    const { id } = scene[name];
    // Times of a job that runs go on.
    const still = (text: string): string => text.replace(/\d+(\.\d+)? (ms|s|min)\b/g, 'a while');
    const { sentence, advice } = await context.queue('work').explain(id);
    const command = documentIn<Explanation>(await drover(['explain', id, '--json']));
    const api = (await (await fetch(`${url}api/jobs/${id}/explain`)).json()) as Explanation;
    const { page, show, complaints } = await open(url);
    await show(`#/jobs/${id}?queue=work`);
    const shown = await page.locator('.why').innerText();
    for (const one of [command, api])
      expect([still(one.sentence), one.advice]).toEqual([still(sentence), advice]);
    // Characters that could do harm are escaped on the page.
    expect(still(shown)).toContain(clean(still(sentence)));
    expect(shown).toContain(advice);
    expect(complaints).toEqual([]);
  },
);
