// Segment's Node client, unmodified: makes the calls it is given and ends when they are sent.
import { said, shiftClock } from './said.mjs';

const { host, writeKey, calls, clock, options } = await said();
shiftClock(clock);
const { Analytics } = await import('@segment/analytics-node');
const analytics = new Analytics({ host, writeKey, flushInterval: 100, ...options });
analytics.on('error', (error) => console.error('client:', error.code ?? error));
for (const [type, call] of calls) analytics[type](call);
await analytics.closeAndFlush({ timeout: 30000 });
