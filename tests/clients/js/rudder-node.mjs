// RudderStack's Node client, unmodified: makes the calls it is given and ends when they are sent.
import { said, shiftClock } from './said.mjs';

const { host, writeKey, calls, clock, options } = await said();
shiftClock(clock);
const { default: Analytics } = await import('@rudderstack/rudder-sdk-node');
const analytics = new Analytics(writeKey, { dataPlaneUrl: host, flushInterval: 100, logLevel: 'error', ...options });
const sent = [];
for (const [type, call] of calls) {
  sent.push(new Promise((done) => analytics[type](call, done)));
}
await analytics.flush().catch(() => {});
await Promise.all(sent);
process.exit(0);
