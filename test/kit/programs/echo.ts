// Tells what it is told, and ends with 7 when told `{ end: true }`: for the kit's own tests.
process.on('message', (message: { end?: boolean }) => {
  if (message.end) process.exit(7);
  process.send?.(message);
});
console.log('some output');
process.send?.('ready');
