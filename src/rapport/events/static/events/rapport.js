// Rapport's tracker: a drop-in for Segment's analytics.js, at most 6 KB compressed.
//
// The server strips lines that hold only a // comment and leading blanks, nothing else, so: no block comments
// and no string or template that runs over a line end.
//
// How it keeps its promises:
// - An event is written to localStorage before anything is sent and leaves it only when the server has answered.
//   What is sent twice (a page that was left before the answer came) carries the same messageId: the server keeps one.
// - One sender at a time, over all tabs, sends in the order of the calls, so an identify is never overtaken.
// - Bodies are text/plain with the write key inside: no CORS preflight, and beacons cannot carry headers.
// - Without consent nothing is read, stored or sent. In `required` mode calls wait in memory for the answer.
(function (w, d, nav) {
  'use strict';
  const tag = d.currentScript || {};
  const data = tag.dataset || {};
  const NAME = data.global || 'analytics';
  const AID = 'rapport_aid', UID = 'rapport_uid', CONSENT = 'rapport_consent';
  const TRAITS = 'rapport_traits', GID = 'rapport_gid', GTRAITS = 'rapport_gtraits';
  const IDLE = 500, FULL = 20, QUEUE = 1000;
  const EVENT_BYTES = 32768, BATCH_BYTES = 450000, LEAVE_BYTES = 60000;

  let api = w[NAME];
  if (api && api.initialized) return;
  // The snippet's array becomes the API, so that references taken before the script came stay good.
  if (!Array.isArray(api)) api = [];
  const early = api.splice(0);
  w[NAME] = api;
  // The snippet's stubs would call themselves for ever where this script has no such method.
  Object.keys(api).forEach(name => {
    if (typeof api[name] === 'function') api[name] = () => { warn(name + ' is not supported'); };
  });

  // state: 1 may collect, 0 waits for the person's answer, -1 refused
  let settings = {}, writeKey, prefix, url, state = 0, explicit = false, debug = !!data.debug;
  let paged = false, referrer = d.referrer, stamp = 0, busy = false, timer = 0, due = 0, failures = 0, retryAt = 0;
  const gpc = !!nav.globalPrivacyControl;
  const waiting = [], handlers = {}, handed = new Set();
  const pageLoad = Math.random().toString(36).slice(2, 8);

  const warn = (...words) => { if (w.console) w.console.warn('[rapport]', ...words); };
  const safely = fn => (...args) => { try { return fn(...args); } catch (e) { warn(e); } };
  const size = text => new Blob([text]).size;
  const uuid = () => '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, c =>
    (c ^ w.crypto.getRandomValues(new Uint8Array(1))[0] & 15 >> c / 4).toString(16));

  // Storage: memory until consent is given and where the browser blocks the disk; ids and the answer also as cookies.
  const memory = {}, baked = /_(aid|uid|consent)$/;
  const cookie = (name, value, age) => {
    try {
      d.cookie = name + '=' + encodeURIComponent(value) + ';path=/;samesite=lax;max-age=' + age +
        (location.protocol === 'https:' ? ';secure' : '') +
        (settings.cookieDomain ? ';domain=' + settings.cookieDomain : '');
    } catch (e) {}
  };
  const store = (name, value) => {
    memory[name] = value;
    if (state < 1) return;
    if (baked.test(name)) cookie(name, value, 31536000);
    try {
      w.localStorage.setItem(name, value);
      delete memory[name];
    } catch (e) {}
  };
  const forget = name => {
    delete memory[name];
    if (baked.test(name)) cookie(name, '', 0);
    try { w.localStorage.removeItem(name); } catch (e) {}
  };
  const fromDisk = name => {
    try {
      const match = baked.test(name) && d.cookie.match('(?:^|; )' + name + '=([^;]+)');
      if (match) return decodeURIComponent(match[1]);
    } catch (e) {}
    try { return w.localStorage.getItem(name); } catch (e) { return null; }
  };
  const read = name => name in memory ? memory[name] : state > 0 || name === CONSENT ? fromDisk(name) : null;
  const names = start => {
    const all = Object.keys(memory);
    if (state) try { all.push(...Object.keys(w.localStorage)); } catch (e) {}
    return all.filter(name => name.startsWith(start)).sort();
  };
  const text = (name, value) => {
    if (value === null) forget(name);
    else if (value !== undefined) store(name, String(value));
    return read(name);
  };
  const json = (name, value) => {
    try { return JSON.parse(text(name, value && JSON.stringify(value))) || {}; } catch (e) { return {}; }
  };
  const anonymousId = value => text(AID, value) || text(AID, uuid());

  // The queue: one storage key per event, named so that the keys sort in the order of the calls.
  const enqueue = event => {
    const line = JSON.stringify(event);
    if (size(line) > EVENT_BYTES) return warn('event over 32 KB refused', event.event || event.type);
    stamp = Math.max(Date.now(), stamp + 1);
    store(prefix + stamp.toString(36) + pageLoad, line);
    const queued = names(prefix);
    queued.slice(0, -QUEUE).forEach(forget);
    schedule(queued.length < FULL ? IDLE : 0);
  };
  const take = limit => {
    const batch = { names: [], lines: [], bytes: 200 };
    for (const name of names(prefix)) {
      const line = !handed.has(name) && read(name);
      if (!line) continue;
      batch.bytes += size(line) + 1;
      if (batch.bytes > limit) break;
      batch.names.push(name);
      batch.lines.push(line);
    }
    return batch.names.length ? batch : null;
  };
  const envelope = batch => '{"writeKey":' + JSON.stringify(writeKey) + ',"sentAt":"' + new Date().toISOString() +
    '","batch":[' + batch.lines + ']}';
  const retryAfter = answer => {
    const delay = answer.headers && answer.headers.get('Retry-After');
    return delay ? (delay > 0 ? delay * 1000 : Date.parse(delay) - Date.now()) || 0 : 0;
  };
  // True when the server has taken, or finally refused, the batch.
  const post = async batch => {
    let answer = {};
    try {
      answer = await w.fetch(url, {
        method: 'POST', body: envelope(batch), credentials: 'omit', headers: { 'Content-Type': 'text/plain' },
        keepalive: batch.bytes < LEAVE_BYTES, signal: w.AbortSignal && AbortSignal.timeout ? AbortSignal.timeout(3e4) : undefined
      });
    } catch (e) {}
    const status = answer.status || 0;
    if (!status || status === 408 || status === 429 || status > 499) {
      const wait = Math.min(6e4, 500 * 2 ** ++failures) * (0.75 + Math.random() / 4);
      retryAt = Date.now() + (retryAfter(answer) || wait);
      return false;
    }
    if (status > 399) warn(batch.names.length + ' events refused: ' + status, await answer.text());
    failures = retryAt = 0;
    batch.names.forEach(forget);
    return true;
  };
  const sendAll = async () => {
    for (let batch; state > 0 && (batch = take(BATCH_BYTES));) if (!await post(batch)) return;
  };
  // One sender over all tabs. A lock that does not come in ten seconds is not waited for: order is
  // worth less than delivery, and the server drops what comes twice.
  const exclusively = fn => {
    if (!nav.locks) return fn();
    const patience = new AbortController();
    const alarm = setTimeout(() => patience.abort(), 1e4);
    let run;
    const once = () => { clearTimeout(alarm); return run = run || fn(); };
    return nav.locks.request(prefix, { signal: patience.signal }, once).catch(once);
  };
  const flush = () => {
    clearTimeout(timer);
    timer = 0;
    if (busy || state < 1) return;
    busy = true;
    const done = () => { busy = false; if (take(BATCH_BYTES)) schedule(IDLE); };
    exclusively(sendAll).then(done, done);
  };
  const schedule = delay => {
    const at = Math.max(Date.now() + delay, retryAt);
    if (busy || state < 1 || timer && due <= at) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(safely(flush), at - Date.now());
  };
  // The page may go away: one request that outlives it takes everything unanswered, oldest first. Browsers allow
  // 64 KB for this; what does not fit stays stored for the next page.
  const leave = () => {
    const batch = state > 0 && writeKey && take(LEAVE_BYTES);
    if (!batch) return;
    batch.names.forEach(name => handed.add(name));
    if ('keepalive' in Request.prototype) post(batch).then(() => {
      batch.names.forEach(name => handed.delete(name));
      schedule(IDLE);
    });
    else if (nav.sendBeacon(url, envelope(batch))) batch.names.forEach(forget);
  };

  // What an event says about where it happened.
  const place = early => {
    const at = early || { u: location.href, p: location.pathname, s: location.search, t: d.title, r: referrer };
    return { path: at.p, referrer: at.r, search: at.s, title: at.t, url: at.u.split('#')[0] };
  };
  const campaign = search => {
    const tags = {};
    new URLSearchParams(search).forEach((value, name) => {
      if (name.startsWith('utm_')) tags[name === 'utm_campaign' ? 'name' : name.slice(4)] = value;
    });
    return tags;
  };
  const context = (page, extra = {}) => {
    const screen = w.screen || {}, tags = campaign(page.search);
    return {
      library: { name: 'rapport.js', version: '1' },
      campaign: Object.keys(tags).length ? tags : undefined,
      userAgent: nav.userAgent, locale: nav.language, timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      screen: { width: screen.width, height: screen.height, density: w.devicePixelRatio },
      consent: { categoryPreferences: { analytics: true }, explicit: explicit || !state }, gpc,
      ...extra, page: { ...page, ...extra.page }
    };
  };

  // The five calls: each turns its arguments into [fields of the event, options].
  const calls = {
    track: (page, event, properties, options) => [{ event, properties: properties || {} }, options],
    identify: (page, id, traits, options) => {
      if (id && typeof id === 'object') [id, traits, options] = ['', id, traits];
      const before = text(UID);
      // Another person on the same device gets another anonymous id, or two strangers would become one.
      const another = id && before && before !== String(id);
      if (another) [AID, TRAITS, GID, GTRAITS].forEach(forget);
      if (id) text(UID, id);
      if (another) changed();
      json(TRAITS, { ...json(TRAITS), ...traits });
      return [{ traits: traits || {} }, options];
    },
    page: (page, ...args) => {
      const words = [];
      while (args.length && (!args[0] || typeof args[0] === 'string')) words.push(args.shift() || undefined);
      const name = words.length ? words.splice(words.length > 1 ? 1 : 0, 1)[0] : undefined, category = words[0];
      paged = true;
      return [{ name, category, properties: { ...page, name, category, ...args[0] } }, args[1]];
    },
    screen: (page, name, properties, options) => [{ name, properties: { name, ...properties } }, options],
    group: (page, id, traits, options) => {
      if (id && typeof id === 'object') [id, traits, options] = [text(GID), id, traits];
      text(GID, id);
      json(GTRAITS, { ...json(GTRAITS), ...traits });
      return [{ groupId: id, traits: traits || {} }, options];
    },
    alias: (page, to, from, options) => [{ userId: to, previousId: from || text(UID) || anonymousId() }, options]
  };
  const emit = (name, args) => (handlers[name] || []).slice().forEach(fn => safely(fn)(...args));
  const record = (type, args) => {
    const last = args[args.length - 1];
    const page = place(last && last.__t === 'bpc' ? args.pop() : 0);
    const callback = args.filter(arg => typeof arg === 'function')[0];
    args = args.filter(arg => typeof arg !== 'function');
    let event;
    if (type === 'track' && !args[0]) warn('track needs the name of an event');
    else if (state >= 0) {
      const [fields, given] = calls[type](page, ...args);
      const options = given || {};
      const now = options.timestamp ? new Date(options.timestamp).toISOString() : new Date().toISOString();
      event = {
        type, messageId: uuid(), anonymousId: options.anonymousId || anonymousId(),
        userId: options.userId || text(UID), ...fields, timestamp: now, originalTimestamp: now,
        integrations: { ...settings.integrations, ...options.integrations }, context: context(page, options.context)
      };
      if (debug) w.console.log('[rapport]', type, event);
      enqueue(event);
      emit(type, args);
    }
    const result = Promise.resolve({ event });
    if (callback) result.then(safely(callback));
    return result;
  };
  Object.keys(calls).forEach(type => {
    api[type] = (...args) => {
      if (type === 'group' && !args.length) return groupOf;
      if (writeKey) return safely(record)(type, args) || Promise.resolve({});
      return new Promise(done => waiting.push(() => done(api[type](...args))));
    };
  });
  const userOf = { id: v => text(UID, v), anonymousId, traits: v => json(TRAITS, v) };
  const groupOf = { id: v => text(GID, v), traits: v => json(GTRAITS, v) };

  // Consent
  const wipe = () => [...names('rapport_q_'), AID, UID, TRAITS, GID, GTRAITS, CONSENT].forEach(forget);
  // A withdrawal that the server did not hear is told again for as long as this page is open.
  const farewell = batch => post(batch).then(ok => {
    if (!ok) setTimeout(() => farewell(batch), retryAt - Date.now());
  });
  const refuse = () => {
    if (state < 0) return;
    // What was collected under consent, and the withdrawal itself, still go out, from memory; nothing is kept here.
    const last = state > 0 && take(LEAVE_BYTES);
    state = -1;
    if (last) farewell(last);
    wipe();
    // Where collecting is the default only a remembered "no" holds on the next page; it names nobody.
    if (settings.consent !== 'granted') return;
    cookie(CONSENT, 'no', 31536000);
    try { w.localStorage.setItem(CONSENT, 'no'); } catch (e) {}
  };
  const object = () => {
    state = 1;
    record('track', ['Privacy Signal Received']);
    const last = take(LEAVE_BYTES);
    state = -1;
    if (last) farewell(last);
  };
  const grant = () => {
    state = 1;
    explicit = true;
    store(CONSENT, gpc ? 'gpc' : 'yes');
    Object.keys(memory).forEach(name => store(name, memory[name]));
    autoPage();
    schedule(0);
  };
  const consent = choice => {
    if (choice && !writeKey) waiting.push(() => consent(choice));
    else if (choice) {
      const { analytics, purposes, ...single } = choice;
      if (analytics === true) grant();
      (purposes || (single.purpose ? [single] : [])).forEach(({ granted, ...properties }) =>
        api.track(granted === false ? 'Consent Withdrawn' : 'Consent Granted', properties));
      if (analytics === false) refuse();
    }
    return { analytics: state ? state > 0 : null, gpc };
  };

  const listen = (target, name, fn) => target.addEventListener(name, safely(fn));
  // Links and forms need no delay before they navigate: the event is stored and sent while the page goes.
  const follow = trigger => (targets, event, properties) => {
    const valueOf = (value, element) => typeof value === 'function' ? value(element) : value;
    (targets instanceof Element ? [targets] : [...targets || []]).forEach(element => listen(element, trigger, () => {
      api.track(valueOf(event, element), valueOf(properties, element));
    }));
  };
  const off = (name, fn) => { handlers[name] = (handlers[name] || []).filter(handler => handler !== fn); };
  const on = (name, fn) => { (handlers[name] = handlers[name] || []).push(fn); };

  // Modules of their own script, loaded when a page first uses them.
  const modules = {}, PUSH = 'rapport_push', DAY = 864e5;
  const module = name => modules[name] = modules[name] || new Promise((done, fail) => {
    const make = () => {
      const script = d.createElement('script');
      script.src = settings.host.replace(/\/$/, '') + '/rapport-' + name + '.js';
      script.nonce = tag.nonce || '';
      script.onload = () => done(w.RapportModules[name]({
        host: settings.host.replace(/\/$/, ''), writeKey, settings, anonymousId, userId: () => text(UID),
        state: () => state, read, store, forget, on, track: api.track
      }));
      script.onerror = fail;
      w.RapportModules = w.RapportModules || {};
      d.head.appendChild(script);
    };
    if (writeKey) make();
    else waiting.push(make);
  });
  // The browser's question is asked in the click itself, never without one.
  const notifications = {
    state: () => module('push').then(push => push.state()),
    subscribe: options => {
      const asks = w.Notification, active = nav.userActivation;
      const may = asks && state > -1 && (asks.permission !== 'default' || !active || active.isActive);
      const answer = may ? asks.requestPermission() : 'default';
      return module('push').then(push => push.subscribe(options || {}, answer));
    },
    unsubscribe: () => module('push').then(push => push.unsubscribe())
  };
  // Whoever uses the browser now is another than whom its messages are for.
  const changed = name => { if (read(PUSH)) module('push').then(push => push[name || 'came']()).catch(warn); };

  const isPage = call => call[0] === 'page', isConsent = call => call[0] === 'consent';
  const autoPage = () => { if (!paged && data.writeKey && settings.autoPage !== 'off') api.page(); };
  const watchHistory = () => {
    let here = place().url;
    const moved = () => setTimeout(() => {
      if (place().url === here) return;
      referrer = here;
      here = place().url;
      api.page();
    });
    const push = history.pushState;
    history.pushState = function () { push.apply(this, arguments); moved(); };
    listen(w, 'popstate', moved);
  };
  const load = (key, options) => {
    if (writeKey || !key) return;
    settings = { consent: 'granted', host: tag.src ? new URL(tag.src).origin : location.origin, ...data, ...options };
    writeKey = key;
    prefix = 'rapport_q_' + key + '_';
    url = settings.host.replace(/\/$/, '') + '/v1/batch';
    const stored = read(CONSENT);
    const start = { granted: 1, off: -1 }[settings.consent] || 0;
    state = start < 0 || stored === 'no' ? -1 : gpc ? (stored === 'gpc' ? 1 : -1) : stored ? 1 : start;
    explicit = !!stored;
    if (state < 0 && stored !== 'no') {
      // Somebody known to us whose browser objects since: the objection goes out, once, before all is forgotten.
      if (gpc && start === 1 && fromDisk(AID) || gpc && stored === 'yes') object();
      wipe();
    }
    // An answer that the page knows already counts before anything is collected.
    api.push(...early.filter(isConsent));
    waiting.splice(0).forEach(fn => fn());
    if (!early.some(isPage)) autoPage();
    schedule(0);
    if (read(PUSH) && Date.now() - read(PUSH) > DAY) changed();
    if (settings.onsite === 'on') module('onsite');
    listen(w, 'pagehide', leave);
    listen(d, 'visibilitychange', () => { if (d.visibilityState === 'hidden') leave(); });
    listen(w, 'pageshow', event => { if (event.persisted) { handed.clear(); schedule(0); } });
    listen(w, 'online', () => { retryAt = failures = 0; clearTimeout(timer); timer = 0; schedule(0); });
    // The answer given in one tab counts in all.
    listen(w, 'storage', event => { if (event.key === CONSENT) /y|g/.test(event.newValue) ? grant() : refuse(); });
    if (settings.spa && settings.spa !== 'off') watchHistory();
    emit('ready', []);
  };

  const rest = {
    load, consent, on, off, flush,
    user: () => userOf, setAnonymousId: anonymousId,
    reset: () => { changed('left'); [UID, AID, TRAITS, GID, GTRAITS].forEach(forget); emit('reset', []); },
    ready: fn => writeKey ? Promise.resolve().then(safely(fn)) : on('ready', fn),
    once: (name, fn) => { const first = (...args) => { off(name, first); fn(...args); }; on(name, first); },
    debug: value => { debug = value !== false; },
    pageview: path => api.page(path ? { path } : {}),
    trackLink: follow('click'), trackClick: follow('click'), trackForm: follow('submit'), trackSubmit: follow('submit'),
    push: (...all) => all.forEach(safely(([name, ...args]) => { api[name](...args); }))
  };
  Object.keys(rest).forEach(name => { api[name] = safely(rest[name]); });
  api.notifications = notifications;
  api.initialized = true;
  const begin = safely(() => {
    load(data.writeKey || api._writeKey, api._loadOptions);
    api.push(...early.filter(call => !isConsent(call)));
  });
  // A page rendered ahead of the click has not been seen yet.
  if (d.prerendering) d.addEventListener('prerenderingchange', begin, { once: true });
  else begin();
})(window, document, navigator);
