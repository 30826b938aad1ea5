// Shows forms on any website: <div data-rapport-form="newsletter"></div> becomes a frame that grows with the form.
// The frame is told where the page stands, and who the visitor is if the tracker may know.
(function (w, d) {
  'use strict';
  const own = d.currentScript, host = own ? new URL(own.src).origin : '';
  const frames = [];
  const address = key => {
    const url = new URL('/f/' + encodeURIComponent(key), host), tracker = w[own && own.getAttribute('data-tracker') || 'analytics'];
    url.searchParams.set('embed', '1');
    url.searchParams.set('rapport_page', w.location.href.split('#')[0].slice(0, 500));
    new URLSearchParams(w.location.search).forEach((value, name) => {
      if (/^[a-z][a-z0-9_]{0,39}$/.test(name) && !/^rapport_|^embed$|^sent$/.test(name)) url.searchParams.set(name, value.slice(0, 200));
    });
    // Without consent this is a name of this page view only, which nobody knows.
    const visitor = tracker && tracker.user ? tracker.user().anonymousId() : '';
    if (visitor) url.searchParams.set('rapport_visitor', visitor);
    return url.href;
  };
  const place = slot => {
    if (slot.rapportForm) return;
    const frame = d.createElement('iframe'), key = slot.getAttribute('data-rapport-form');
    slot.rapportForm = frame;
    frame.title = slot.getAttribute('data-title') || key;
    frame.src = address(key);
    frame.loading = 'lazy';
    Object.assign(frame.style, { width: '100%', border: '0', height: '320px', colorScheme: 'normal' });
    slot.append(frame);
    frames.push(frame);
    const tracker = w[own && own.getAttribute('data-tracker') || 'analytics'];
    if (tracker && tracker.track) tracker.track('Form Viewed', { form: key });
  };
  w.addEventListener('message', event => {
    const frame = event.origin === host && frames.find(candidate => candidate.contentWindow === event.source);
    const height = frame && Number((event.data || {}).rapportForm);
    if (height > 0) frame.style.height = Math.min(height, 5000) + 'px';
  });
  const all = () => d.querySelectorAll('[data-rapport-form]').forEach(place);
  w.RapportForms = { place: all };
  if (d.readyState === 'loading') d.addEventListener('DOMContentLoaded', all);
  else all();
})(window, document);
