// Messages on a website: a banner, a dialog, or the content of an element of the page. The tracker loads this.
//
// Everything is made of elements and text, never of HTML, in a shadow tree with a constructed style sheet: so nothing
// can carry a script, and a strict content security policy needs no exception.
(function (w, d) {
  'use strict';
  const CACHE = 'rapport_onsite', SEEN = 'rapport_onsite_seen', SLOTS = 'rapport_onsite_slots', DAY = 864e5;
  const css = [
    ':host{all:initial}',
    '.m{box-sizing:border-box;font:400 15px/1.5 system-ui,sans-serif;color:#1a1d21;background:#fff;border:0;padding:20px;',
    'border-radius:12px;box-shadow:0 8px 32px rgb(0 0 0/.18);max-width:min(440px,calc(100vw - 32px));text-align:start}',
    '.banner{position:fixed;z-index:2147483000;inset-inline:16px;margin:auto;max-width:720px;animation:in .15s ease-out}',
    '.top{top:16px}.bottom{bottom:16px}.slot{max-width:none;box-shadow:none;border:1px solid rgb(0 0 0/.12);position:relative}',
    '.preview{display:grid;place-items:center;min-height:180px}.preview .m{position:relative;inset:auto;margin:0;max-width:100%}',
    'dialog.m{margin:auto;animation:in .15s ease-out}dialog.m::backdrop{background:rgb(0 0 0/.45)}',
    '.t{font-size:18px;font-weight:650;line-height:1.3;margin:0 32px 6px 0}.b{margin:0;white-space:pre-line}',
    'img{display:block;max-width:100%;height:auto;border-radius:8px;margin:0 0 12px}',
    'a.c{display:inline-block;margin-top:14px;padding:10px 18px;border-radius:8px;background:var(--c,#0b6bcb);color:var(--t,#fff);',
    'font-weight:600;text-decoration:none}',
    'button{position:absolute;top:10px;inset-inline-end:10px;width:32px;height:32px;border:0;border-radius:8px;background:none;',
    'color:inherit;font:22px/1 system-ui,sans-serif;cursor:pointer}button:hover{background:rgb(128 128 128/.2)}',
    'iframe{display:block;width:100%;height:240px;border:0;color-scheme:normal;margin-top:8px}',
    'a:focus-visible,button:focus-visible{outline:3px solid var(--c,#0b6bcb);outline-offset:2px}',
    '@media(prefers-color-scheme:dark){.m{color:#eceef0;background:#1f2327}.slot{border-color:rgb(255 255 255/.2)}}',
    '@media(max-width:480px){dialog.m{margin:auto 0 0;max-width:100vw;width:100vw;border-radius:16px 16px 0 0}',
    '.banner{inset-inline:8px}}',
    '@media(prefers-reduced-motion:reduce){.m{animation:none!important}}',
    '@keyframes in{from{opacity:0;transform:translateY(8px)}}'
  ].join('');

  const element = (name, kind, text) => {
    const node = d.createElement(name);
    if (kind) node.className = kind;
    if (text) node.textContent = text;
    return node;
  };
  const safe = url => /^(https?:\/\/|[/#?](?!\/))/i.test(url || '');
  // Black or white, whichever is read better on the colour.
  const inkOn = color => {
    const [r, g, b] = [1, 3, 5].map(at => (parseInt(color.slice(at, at + 2), 16) / 255) ** 2.2);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.36 ? '#111' : '#fff';
  };

  // Draws one message into `parent`; `done(event)` hears clicked and dismissed. Returns the element that holds it.
  const draw = (message, parent, done, preview, origin, who) => {
    const host = element('div'), root = host.attachShadow({ mode: 'open' });
    const sheet = new w.CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    const modal = message.format === 'modal';
    const box = element(modal ? 'dialog' : 'section', 'm ' + message.format + ' ' + message.place);
    if (/^#[0-9a-f]{6}$/i.test(message.color)) {
      host.style.setProperty('--c', message.color);
      host.style.setProperty('--t', inkOn(message.color));
    }
    const title = element('h2', 't', message.title);
    title.id = 't';
    box.setAttribute(message.title ? 'aria-labelledby' : 'aria-label', message.title ? 't' : message.body || message.format);
    const close = element('button', '', '\u00d7');
    close.type = 'button';
    close.setAttribute('aria-label', message.close || (/^de/.test(d.documentElement.lang) ? 'Schließen' : 'Close'));
    if (safe(message.image)) {
      const image = element('img');
      image.src = message.image;
      image.alt = '';
      box.append(image);
    }
    if (message.title) box.append(title);
    if (message.body) box.append(element('p', 'b', message.body));
    if (message.form && origin) {
      const frame = element('iframe');
      frame.title = message.title || message.form;
      frame.src = origin + '/f/' + encodeURIComponent(message.form) + '?' + new URLSearchParams({
        embed: 1, rapport_page: w.location.href.split('#')[0].slice(0, 500), ...(who ? { rapport_visitor: who } : {})
      });
      const hear = event => {
        if (event.source !== frame.contentWindow || event.origin !== origin) return;
        const { rapportForm: height, sent, escape } = event.data || {};
        if (escape) return close.click();
        if (height > 0) frame.style.height = Math.min(height, 2000) + 'px';
        // Whoever sent it is not asked again; the thanks stay until they close it.
        if (sent && !frame.sent) { frame.sent = true; done('clicked'); }
      };
      w.addEventListener('message', hear);
      host.undo = () => w.removeEventListener('message', hear);
      host.isSent = () => frame.sent;
      box.append(frame);
    }
    if (message.label && safe(message.url)) {
      const link = element('a', 'c', message.label);
      link.href = preview ? '#' : message.url;
      link.addEventListener('click', event => {
        if (preview) return event.preventDefault();
        done('clicked');
        if (message.format !== 'slot') host.remove();
      });
      box.append(link);
    }
    const leave = () => {
      host.remove();
      if (host.undo) host.undo();
      if (!host.isSent || !host.isSent()) done('dismissed');
    };
    close.addEventListener('click', leave);
    box.append(close);
    const holder = preview ? element('div', 'preview') : root;
    if (preview) root.append(holder);
    holder.append(box);
    parent.append(host);
    if (modal && preview) box.setAttribute('open', '');
    else if (modal) {
      // The browser keeps the focus in a dialog; it goes back to where it was, whichever way the dialog closes.
      const before = d.activeElement;
      const back = () => before && before.focus && before.focus();
      box.addEventListener('cancel', event => { event.preventDefault(); leave(); back(); });
      box.addEventListener('click', event => { if (event.target === box && outside(box, event)) { leave(); back(); } });
      box.showModal();
      close.addEventListener('click', back);
    }
    return host;
  };

  const outside = (box, event) => {
    const { left, right, top, bottom } = box.getBoundingClientRect();
    return event.clientX < left || event.clientX > right || event.clientY < top || event.clientY > bottom;
  };

  // Calls `go` once, when what a message waits for has happened; returns what takes that back.
  const wait = (message, go) => {
    const at = message.trigger_at, root = d.documentElement, off = [];
    const on = (target, name, hear) => {
      target.addEventListener(name, hear, { passive: true });
      off.push(() => target.removeEventListener(name, hear));
    };
    const stop = () => off.splice(0).forEach(undo => undo());
    // Never over somebody who is typing: it waits until they have left the field.
    const typing = () => /^(INPUT|TEXTAREA|SELECT)$/.test((d.activeElement || {}).tagName) || (d.activeElement || {}).isContentEditable;
    const ready = () => {
      stop();
      if (message.format === 'modal' && typing()) on(d, 'focusout', () => setTimeout(() => { if (off.length && !typing()) { stop(); go(); } }));
      else go();
    };
    if (message.trigger === 'time') {
      const timer = setTimeout(ready, at * 1000);
      off.push(() => clearTimeout(timer));
    } else if (message.trigger === 'scroll') {
      const look = () => { if ((w.scrollY + w.innerHeight) / root.scrollHeight * 100 >= at) ready(); };
      on(w, 'scroll', look);
      look();
    } else if (message.trigger === 'exit') {
      let deepest = w.scrollY, since = 0;
      on(root, 'mouseleave', event => { if (event.clientY <= 0) ready(); });
      // Without a pointer: quickly back up, after something was read.
      if (w.matchMedia('(hover:none)').matches) on(w, 'scroll', () => {
        if (w.scrollY > deepest) { deepest = w.scrollY; since = Date.now(); }
        if (deepest - w.scrollY > w.innerHeight * 0.6 && Date.now() - since < 1500) ready();
      });
    } else ready();
    return stop;
  };

  const matches = (pages, path) => {
    const fits = pattern => new RegExp('^' + pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*') + '$').test(path);
    const not = pages.filter(page => page[0] === '!').map(page => page.slice(1)), yes = pages.filter(page => page[0] !== '!');
    return !not.some(fits) && (!yes.length || yes.some(fits));
  };

  w.RapportModules = w.RapportModules || {};
  w.RapportModules.onsite = tracker => {
    const parse = text => { try { return JSON.parse(text) || {}; } catch (e) { return {}; } };
    // Without consent what was seen is forgotten with the page, and nobody is recognised.
    let seen = parse(tracker.read(SEEN)), shown = [], waiting = [], whose;
    const recognised = () => tracker.state() > 0;
    const id = () => recognised() ? tracker.anonymousId() : '';
    const note = (message, event) => {
      const mark = seen[message.id] || { n: 0 };
      if (event === 'shown') { mark.n += 1; mark.at = Date.now(); } else if (event === 'dismissed' || !fills(message)) mark.over = 1;
      seen[message.id] = mark;
      if (recognised()) tracker.store(SEEN, JSON.stringify(seen));
      w.fetch(tracker.host + '/client/v1/onsite/reports', {
        method: 'POST', credentials: 'omit', keepalive: true, headers: { 'Content-Type': 'text/plain' },
        body: JSON.stringify({ writeKey: tracker.writeKey, anonymousId: id(), message: message.id, event })
      }).catch(() => {});
    };
    // A slot is part of the page: it stays, however often it was seen, until somebody closes it.
    const fills = message => message.format === 'slot' && !/^[#.]/.test(message.slot);
    const may = message => {
      const mark = seen[message.id] || { n: 0, at: 0 };
      const last = Math.max(mark.at || 0, message.at || 0);
      if (fills(message)) return !mark.over && matches(message.pages, w.location.pathname);
      return !mark.over && mark.n < message.most && Date.now() - last >= message.pause * 36e5 &&
        matches(message.pages, w.location.pathname);
    };
    const show = messages => {
      shown = shown.filter(host => host.isConnected);
      waiting.splice(0).forEach(stop => stop());
      for (const message of messages) {
        if (!may(message)) continue;
        if (!message.trigger || message.trigger === 'open') place([message]);
        else waiting.push(wait(message, () => place([message])));
      }
    };
    const place = messages => {
      shown = shown.filter(host => host.isConnected);
      for (const message of messages) {
        const parent = message.format === 'slot' ? d.querySelector(message.slot) : d.body;
        const taken = shown.some(host => host.slotName === (message.format === 'slot' ? message.slot : ''));
        if (!parent || taken || !may(message)) continue;
        const host = draw(message, parent, event => note(message, event), false, tracker.host, id());
        host.slotName = message.format === 'slot' ? message.slot : '';
        shown.push(host);
        note(message, 'shown');
      }
    };
    const refresh = () => {
      whose = id();
      const query = new URLSearchParams({ writeKey: tracker.writeKey });
      if (whose) query.set('anonymousId', whose);
      return w.fetch(tracker.host + '/client/v1/onsite?' + query, { credentials: 'omit' })
        .then(answer => answer.ok ? answer.json() : { messages: [] })
        .then(({ messages }) => {
          if (recognised()) tracker.store(CACHE, JSON.stringify({ whose, at: Date.now(), messages }));
          show(messages);
        }).catch(() => {});
    };
    // Slots of the page itself. What was decided before fills them at once; what comes later than 300 ms is for the next page.
    const fill = (element, message) => {
      if (!message || !may(message) || element.rapportFilled) return;
      const before = [...element.childNodes];
      element.rapportFilled = true;
      element.replaceChildren();
      draw(message, element, event => {
        note(message, event);
        if (event === 'dismissed') element.replaceChildren(...before);
      }, false, tracker.host, id());
      note(message, 'shown');
    };
    const slots = () => {
      const elements = [...d.querySelectorAll('[data-rapport-slot]')].filter(element => !element.rapportFilled), began = performance.now();
      if (!elements.length) return;
      const reveal = () => elements.forEach(element => element.setAttribute('data-rapport-filled', ''));
      const names = [...new Set(elements.map(element => element.dataset.rapportSlot))];
      const kept = parse(tracker.read(SLOTS));
      const use = filled => { elements.forEach(element => fill(element, filled[element.dataset.rapportSlot])); reveal(); };
      const isKept = kept.slots && kept.whose === id() && Date.now() - kept.at < DAY && names.every(name => name in kept.slots);
      if (isKept) use(kept.slots);
      setTimeout(reveal, 300);
      const query = new URLSearchParams({ writeKey: tracker.writeKey, ids: names.join() });
      if (id()) query.set('anonymousId', id());
      w.fetch(tracker.host + '/v1/slots?' + query, { credentials: 'omit' }).then(answer => answer.ok ? answer.json() : { slots: {} })
        .then(({ slots: filled }) => {
          if (recognised()) tracker.store(SLOTS, JSON.stringify({ whose: id(), at: Date.now(), slots: { ...(kept.whose === id() && kept.slots), ...filled } }));
          if (!isKept && performance.now() - began < 300) use(filled);
          reveal();
        }).catch(reveal);
    };
    const start = () => {
      slots();
      const kept = parse(tracker.read(CACHE));
      // Shown at once from what was decided before; the next decision is fetched meanwhile.
      if (kept.messages && kept.whose === id() && Date.now() - kept.at < DAY) show(kept.messages);
      return refresh();
    };
    tracker.on('page', () => { if (whose !== undefined) start(); });
    tracker.on('reset', () => {
      shown.forEach(host => host.remove());
      waiting.splice(0).forEach(stop => stop());
      seen = {};
      [CACHE, SEEN, SLOTS].forEach(tracker.forget);
    });
    if (d.body) start();
    else d.addEventListener('DOMContentLoaded', start);
    return { start };
  };
  w.RapportModules.draw = draw;
})(window, document);
