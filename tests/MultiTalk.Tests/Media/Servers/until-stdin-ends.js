// Loaded before a server, so that it ends with the test that started it, however that ended.
process.stdin.resume();
process.stdin.on('end', () => process.exit());
