// Elements with data-live hear at once of what happens to their topic: the event `live:changed` (or `live:WHAT`) on them, of
// which hx-trigger makes use, and `live:missed` when they may not have heard something. One stream serves the whole page; a
// hidden page has none.
import { arrived, showPresent } from "./present.js";

const SETTLED = 1500; // a page that is only passed through opens no stream
const HIDDEN = 20000;
const [AGAIN, LONGEST] = [30000, 900000];
const MOST = 20;
let [source, opened, timer, again] = [null, "", 0, AGAIN];

const listeners = () => [...document.querySelectorAll("[data-live]")];
const tokens = () => [...new Set(listeners().map((element) => element.dataset.live))].slice(0, MOST);
const fire = (element, what, own = false) => element.dispatchEvent(new CustomEvent(`live:${what}`, { detail: { own }, bubbles: true }));

function connect() {
  clearTimeout(timer);
  const wanted = tokens();
  if (document.hidden || !wanted.length || (source && opened === wanted.join())) return;
  source?.close();
  let isFirst = !opened;
  opened = wanted.join();
  source = new EventSource(`/live/stream?${new URLSearchParams(wanted.map((token) => ["t", token]))}`);
  const at = (topic) => listeners().filter((element) => element.dataset.topic === topic);
  const missed = () => listeners().forEach((element) => fire(element, "missed"));
  const heard = (name, act) => source.addEventListener(name, ({ data }) => act(JSON.parse(data)));
  heard("ready", ({ stream }) => {
    arrived(stream);
    if (!isFirst) missed();
    [isFirst, again] = [false, AGAIN];
  });
  heard("change", ({ topic, change, own }) => at(topic).forEach((element) => fire(element, change, own)));
  heard("present", ({ topic, people }) => at(topic).forEach((element) => showPresent(element, people)));
  heard("resync", missed);
  source.onerror = () => {
    // Signed out, or a page of yesterday: asked less and less often.
    if (source?.readyState === EventSource.CLOSED) disconnect((again = Math.min(again * 2, LONGEST)));
  };
}

function disconnect(pause) {
  source?.close();
  source = null;
  opened &&= "-";
  if (pause) timer = setTimeout(connect, pause);
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(timer);
  if (document.hidden) timer = setTimeout(() => disconnect(0), HIDDEN);
  else timer = setTimeout(connect, source ? 0 : 200);
});
// What is swapped in may listen, too.
document.addEventListener("htmx:afterSettle", () => {
  if (source && opened !== tokens().join()) connect();
});
addEventListener("pagehide", () => disconnect(0));
addEventListener("pageshow", () => (timer = setTimeout(connect, SETTLED)));
