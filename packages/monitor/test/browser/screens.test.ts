// Each screen in a real browser: what it shows, in both themes and on a narrow screen, without a
// complaint of the browser.
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { open, served, sideways, type Opened } from './browser.js';
import { HOSTILE, sceneIn, SHOWN, type Scene } from './scene.js';

const context = testContext('browser-screens');
let scene: Scene;
let url: string;
let wide: Opened;

beforeAll(async () => {
  scene = await sceneIn(context);
  url = await served(context);
  wide = await open(url);
});

const text = async ({ page }: Opened): Promise<string> => await page.locator('main').innerText();
const rows = ({ page }: Opened, label: string) =>
  page.getByRole('region', { name: label }).locator('tbody tr');

const hasRows = (opened: Opened, label: string, count: number) =>
  eventually(async () => (await rows(opened, label).count()) === count);

it('D10 the overview shows alarms with their cure, numbers, queues and dispatchers', async () => {
  await wide.show('#/');
  const alarms = wide.page.getByRole('region', { name: 'Alarms' });
  expect(await alarms.innerText()).toMatch(/No active agent serves the lane unserved/);
  expect(await alarms.innerText()).toMatch(/Start a dispatcher/);
  expect(await wide.page.locator('.card').allInnerTexts()).toEqual([
    expect.stringMatching(/^Due\n2\n/),
    expect.stringMatching(/^Oldest due\n/),
    expect.stringMatching(/^Running\n/),
    expect.stringMatching(/^Waiting\n1\n/),
    expect.stringMatching(/^Failed\n1\n/),
    expect.stringMatching(/^Interrupted\n0\n/),
  ]);
  expect(await rows(wide, 'Queues').count()).toBe(2);
  expect(await rows(wide, 'Dispatchers').innerText()).toMatch(scene.uuid.slice(0, 8));
  await wide.page.locator('.chart canvas').nth(1).waitFor();
});

it.each([
  ['due', 1],
  ['delayed', 1],
  ['waiting', 1],
  ['active', 1],
  ['interrupted', 0],
  ['callbacks', 0],
  ['completed', 4],
  ['failed', 1],
  ['set-aside', 0],
])('J2, Q2, Q5 the tab %s lists its jobs: %i', async (state, count) => {
  await wide.show(`#/queues/work?state=${state}`);
  const tab = wide.page.locator('.tabs a[aria-current]');
  // The rows of the tab before may be shown until the answer comes.
  await eventually(async () => (await rows(wide, 'Jobs').count()) === count);
  await eventually(async () => (await tab.locator('.count').innerText()) === String(count));
});

it('Q1 filters narrow the list, and stand in the address', async () => {
  await wide.show('#/queues/work?state=completed');
  await wide.page.getByLabel('Task').fill('drover.*');
  await wide.page.getByRole('button', { name: 'Filter' }).click();
  await hasRows(wide, 'Jobs', 1);
  expect(wide.page.url()).toContain('task=drover.*');
  expect(await text(wide)).toContain('drover.parallel');
  await wide.page.getByRole('button', { name: 'Clear' }).click();
  await hasRows(wide, 'Jobs', 4);
});

it('Q5, Q9, Q10 the settings show holders, waiters, rates and times', async () => {
  await wide.show('#/queues/work/settings');
  await rows(wide, 'Schedules').first().waitFor();
  const quotas = await rows(wide, 'Quotas').allInnerTexts();
  expect(quotas[0]).toMatch(/^disk\s+1\/1\s+1\s/);
  expect(quotas[0]).toContain(scene.holder.id.slice(-12));
  expect(quotas[1]).toMatch(/^team/);
  expect(await rows(wide, 'Rate limits').innerText()).toMatch(/^api\s+5 in 1.0 s/);
  expect(await rows(wide, 'Schedules').innerText()).toMatch(/^nightly\s+0 3 \* \* \* UTC/);
});

it('B2 hostile names and values are text, with unseen characters as escapes', async () => {
  for (const hash of [
    '#/queues/work?state=due',
    `#/jobs/${scene.hostile.id}?queue=work`,
    `#/jobs/${scene.failed.id}?queue=work`,
  ]) {
    await wide.show(hash);
    await wide.page.getByText('<img src=x').first().waitFor();
    const shown = await text(wide);
    expect(shown).toContain(SHOWN.slice(0, 40));
    expect(shown).not.toMatch(/[\x00-\x08\x1b\u202e\ud800-\udfff]/);
    expect(await wide.page.locator('main img').count()).toBe(0);
  }
});

it('B2 a search and an address may hold anything', async () => {
  const odd = await open(url);
  await odd.show('#/');
  await odd.page.locator('#search').fill(HOSTILE.replace(/\0/g, ''));
  await odd.page.keyboard.press('Enter');
  await odd.page.getByText('In which queue').waitFor();
  for (const hash of ['#/queues/%E0%A4%A', '#/jobs/<b>?queue=%00', '#/x/y/z', '#/?%=%'])
    await odd.show(hash);
  await odd.page.locator('#search').fill(scene.completed.id);
  await odd.page.keyboard.press('Enter');
  await odd.page.locator('main').getByText('scene.echo').first().waitFor();
  // The API has refused these names, and the browser tells that.
  expect(odd.complaints.filter((one) => !/status of 40[04]/.test(one))).toEqual([]);
});

const SCREENS = (): string[] => [
  '#/',
  '#/queues',
  '#/queues/work?state=due',
  '#/queues/work?state=failed',
  '#/queues/work?state=set-aside',
  '#/queues/work/settings',
  `#/jobs/${scene.hostile.id}?queue=work`,
  `#/jobs/${scene.composite.id}/tree?queue=work`,
  '#/dispatchers',
  `#/dispatchers/${scene.uuid}`,
];

it.each(['light', 'dark'] as const)(
  'each screen is as wide as a phone, %s',
  async (colorScheme) => {
    const narrow = await open(url, { viewport: { width: 360, height: 740 }, colorScheme });
    const back = await narrow.page.evaluate(
      'getComputedStyle(document.body.parentElement).backgroundColor',
    );
    expect(back).toBe(colorScheme === 'dark' ? 'rgb(20, 23, 26)' : 'rgb(246, 247, 245)');
    for (const hash of SCREENS()) {
      await narrow.show(hash);
      await eventually(async () => (await narrow.page.getByText('Looks …').count()) === 0);
      expect([hash, await sideways(narrow.page)]).toEqual([hash, 0]);
    }
    await narrow.page.getByRole('link', { name: 'Queues' }).click();
    await narrow.page.keyboard.press('?');
    await narrow.page.getByRole('dialog').waitFor();
    expect(await sideways(narrow.page)).toBe(0);
    expect(narrow.complaints).toEqual([]);
  },
);

it('B2 below another path, all of it works', async () => {
  const mounted = await open(await served(context, {}, '/admin/drover/'));
  await mounted.show('#/queues/work/settings');
  await rows(mounted, 'Quotas').first().waitFor();
  expect(mounted.complaints).toEqual([]);
});

it('the theme that was chosen stays', async () => {
  await wide.show('#/');
  const theme = wide.page.getByRole('button', { name: /^Theme/ });
  await theme.click();
  await theme.click();
  await wide.page.reload();
  expect(await theme.getAttribute('aria-label')).toBe('Theme: dark. Change to system');
  expect(await wide.page.locator('html').getAttribute('data-theme')).toBe('dark');
});

it('B2 the browser has complained of nothing', () => {
  expect(wide.complaints).toEqual([]);
});
