// What serves the page: its HTML, and its assets.
import { gzipSync } from 'node:zlib';
import { testContext } from '../../../../test/kit/context.js';
import { files } from '../../src/http/page/files.generated.js';
import { clientOf, monitorIn } from './monitor-requests.js';

const context = testContext('page');
const client = clientOf(monitorIn(context));
const MOST_BYTES = 80_000;

it('B2 the page has no script, style or handler in its HTML, and relative links', async () => {
  const { text, headers } = await client.get('/');
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(text).not.toMatch(/<script(?![^>]* src="\.\/)[^>]*>|<style|style=|\son\w+=|https?:/);
  const links = [...text.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, link]) => link);
  expect(links).toHaveLength(3);
  for (const link of links) expect(link).toMatch(/^\.\/assets\/[\w.-]+$/);
});

it('B2 its assets have types, never change, and are those of the package alone', async () => {
  const assets = Object.keys(files).filter((path) => path !== 'index.html');
  expect(assets.map((path) => path.replace(/-[\w-]{8}\./, '.'))).toEqual([
    'assets/icon.svg',
    'assets/index.js',
    'assets/style.css',
  ]);
  for (const path of assets) {
    const { status, headers, text } = await client.get(`/${path}`);
    expect([status, text]).toEqual([200, files[path]]);
    expect(headers.get('content-type')).toMatch(
      /^(text\/(javascript|css); charset=utf-8|image\/svg\+xml)$/,
    );
    expect(headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  }
  for (const path of ['none.js', '__proto__', 'constructor', '..%2findex.html'])
    expect([path, (await client.get(`/assets/${path}`)).status]).toEqual([path, 404]);
});

it('B2 the page is small, and names no other host', () => {
  const size = Object.values(files).reduce((sum, text) => sum + gzipSync(text).length, 0);
  expect(size).toBeLessThan(MOST_BYTES);
  for (const [path, text] of Object.entries(files))
    expect([path, [...text.matchAll(/https?:\/\/[\w.-]+/g)].map(([url]) => url)]).toEqual([
      path,
      expect.not.arrayContaining([expect.not.stringMatching(/^http:\/\/www\.w3\.org$/)]),
    ]);
});
