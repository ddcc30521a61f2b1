/** Loaded before a box's entry: ends the process when the supervisor is gone, however it went. */

// The channel closes even when the supervisor was killed with SIGKILL, which it cannot pass on.
process.on('disconnect', () => process.exit(0));
// Listening to it must not keep alive a process that has nothing else to do.
process.channel?.unref();
