// Rapport's service worker for web push. A website serves a file of its own, /rapport-worker.js, with one line:
//   importScripts('https://crm.example.com/rapport-push-worker.js');
// The page registers it with the write key and the host in its address, for the day the browser changes the subscription.
(function (worker) {
  'use strict';
  const about = new URL(worker.location.href).searchParams;
  const post = (url, body) => fetch(url, {
    method: 'POST', body: JSON.stringify(body), credentials: 'omit', keepalive: true,
    headers: { 'Content-Type': 'text/plain' }
  }).catch(() => {});
  const report = (data, event) => data && data.token && data.report ?
    post(data.report, { token: data.token, event }) : Promise.resolve();

  worker.addEventListener('push', event => {
    let data = {};
    try { data = event.data.json(); } catch (e) {}
    // A browser takes the permission away from who shows nothing.
    const title = data.title || data.body || location.hostname;
    event.waitUntil(Promise.all([
      worker.registration.showNotification(title, {
        body: data.title ? data.body : '', icon: data.icon, image: data.image, tag: data.topic || undefined,
        renotify: !!data.topic, data
      }),
      report(data, 'shown')
    ]));
  });

  const open = async url => {
    const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
    const same = pages.find(page => page.url === url);
    if (same) return same.focus();
    return worker.clients.openWindow(url);
  };
  worker.addEventListener('notificationclick', event => {
    const data = event.notification.data || {};
    const url = data.url || worker.registration.scope;
    event.notification.close();
    // A link of ours counts the click itself.
    const counted = /\/e\/c\//.test(url) ? Promise.resolve() : report(data, 'clicked');
    event.waitUntil(Promise.all([open(url), counted]));
  });
  worker.addEventListener('notificationclose', event => {
    event.waitUntil(report(event.notification.data, 'dismissed'));
  });

  worker.addEventListener('pushsubscriptionchange', event => {
    const before = event.oldSubscription, host = about.get('host'), writeKey = about.get('writeKey');
    if (!host || !writeKey) return;
    const renewed = event.newSubscription ? Promise.resolve(event.newSubscription) :
      worker.registration.pushManager.subscribe(before ? before.options : { userVisibleOnly: true });
    event.waitUntil(renewed.then(subscription => post(host + '/client/v1/devices/renewal', {
      writeKey, kind: 'web', before: before && before.toJSON(), subscription: subscription.toJSON()
    })));
  });
})(self);
