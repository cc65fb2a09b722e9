import { rm } from 'node:fs/promises';

export default async function tearDown() {
  await rm(process.env.DROVER_LOAD_FOLDER, { recursive: true });
}
