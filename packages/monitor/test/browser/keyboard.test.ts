// The page by the keyboard alone.
import { testContext } from '../../../../test/kit/context.js';
import { open, served, type Opened } from './browser.js';
import { sceneIn } from './scene.js';

const context = testContext('browser-keyboard');
let opened: Opened;

beforeAll(async () => {
  await sceneIn(context);
  opened = await open(await served(context));
});
afterAll(() => {
  expect(opened.complaints).toEqual([]);
});

const keys = async (...pressed: string[]): Promise<void> => {
  for (const key of pressed) await opened.page.keyboard.press(key);
};
const heading = (name: string | RegExp) => opened.page.getByRole('heading', { name, level: 1 });
/** What has the focus: its name for those who cannot see it, or its text. */
const focused = async (): Promise<string> =>
  await opened.page.evaluate(
    '(document.activeElement.getAttribute("aria-label") ?? document.activeElement.innerText).trim()',
  );

it('goes to the screens, shows the keys, and closes a dialog', async () => {
  await keys('g', 'q');
  await heading('Queues').waitFor();
  await keys('g', 'd');
  await heading('Dispatchers').waitFor();
  await keys('g', 'o');
  await heading('Overview').waitFor();
  await keys('?');
  await opened.page.getByRole('dialog', { name: 'Keys' }).waitFor();
  // The keys of the page are not those of a dialog.
  await keys('g', 'q', 'Escape');
  await opened.page.getByRole('dialog').waitFor({ state: 'detached' });
  await heading('Overview').waitFor();
});

it('looks for a job: the slash is not typed, and other keys are text there', async () => {
  await keys('/');
  expect(await focused()).toMatch(/^Job id/);
  await opened.page.keyboard.type('g q?/');
  expect(await opened.page.locator('#search').inputValue()).toBe('g q?/');
  await keys('Escape', 'g', 'q');
  await heading('Queues').waitFor();
});

it('reaches each control by Tab, with a focus that can be seen', async () => {
  await opened.show('#/queues/work?state=failed');
  // The focus begins before the first control.
  await opened.page.reload();
  await opened.page.locator('main tbody tr').waitFor();
  const seen: string[] = [];
  for (let i = 0; i < 60; i++) {
    await keys('Tab');
    const name = await focused();
    const outline = await opened.page.evaluate(
      'getComputedStyle(document.activeElement).outlineStyle',
    );
    if ((await opened.page.evaluate('document.activeElement.tagName')) === 'BODY') break;
    expect([name, outline]).toEqual([name, expect.not.stringMatching(/^none$/)]);
    seen.push(name);
  }
  const controls = await opened.page
    .locator('a[href]:visible, button:enabled:visible, input:enabled:visible')
    .count();
  // The table's box has the focus as well, to be scrolled.
  expect(seen.length).toBeGreaterThanOrEqual(controls);
  for (const name of ['To the content', 'Overview', 'Filter', 'Retry all that match', 'Jobs'])
    expect(seen.some((one) => one.startsWith(name))).toBe(true);
});

it('Q11 selects, asks and acts, and the focus comes back', async () => {
  const checkbox = opened.page.getByLabel('Choose all of this page');
  await checkbox.focus();
  await keys('Space');
  const button = opened.page.getByRole('button', { name: 'Retry selected (1)' });
  await button.focus();
  await keys('Enter');
  const dialog = opened.page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Retry 1 job' }).waitFor();
  await keys('Escape');
  await dialog.waitFor({ state: 'detached' });
  expect(await focused()).toBe('Retry selected (1)');
  await keys('Enter');
  await dialog.getByRole('button', { name: 'Retry 1 job' }).focus();
  await keys('Enter');
  await dialog.getByText('1 job matched, 1 done.').waitFor();
  expect(await focused()).toBe('Close');
  await keys('Enter');
  await dialog.waitFor({ state: 'detached' });
});
