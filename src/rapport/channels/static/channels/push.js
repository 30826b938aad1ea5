// Web push in a page: the tracker loads this when the page uses `analytics.notifications`.
(function (w, d, nav) {
  'use strict';
  const supported = () => 'serviceWorker' in nav && 'PushManager' in w && 'Notification' in w;
  const bytes = text => Uint8Array.from(
    w.atob((text + '==='.slice((text.length + 3) % 4)).replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0));

  w.RapportModules.push = tracker => {
    const url = path => tracker.host + '/client/v1/' + path;
    const post = (path, body) => w.fetch(url(path), {
      method: 'POST', credentials: 'omit', keepalive: true, headers: { 'Content-Type': 'text/plain' },
      body: JSON.stringify({ writeKey: tracker.writeKey, ...body })
    }).then(answer => {
      if (!answer.ok) throw new Error('Rapport answered ' + answer.status);
    });
    const address = () => {
      const at = new URL(tracker.settings.worker || '/rapport-worker.js', w.location.origin);
      at.searchParams.set('writeKey', tracker.writeKey);
      at.searchParams.set('host', tracker.host);
      return at.href;
    };
    const registration = () => nav.serviceWorker.getRegistration(address());
    const subscription = async () => {
      const present = supported() && await registration();
      return present ? present.pushManager.getSubscription() : null;
    };
    const device = (subscribed, userToken) => ({
      kind: 'web', subscription: subscribed.toJSON(), anonymousId: tracker.anonymousId(), userToken,
      language: nav.language, app: w.location.origin
    });
    let token;
    const keep = async subscribed => {
      await post('devices', device(subscribed, token));
      tracker.store('rapport_push', String(Date.now()));
    };

    // Which key a subscription was made with; another one can never be sent to.
    const usable = (subscribed, key) => {
      const own = subscribed.options && subscribed.options.applicationServerKey;
      return !own || String(new Uint8Array(own)) === String(key);
    };
    // unsupported, default (not asked yet), denied, granted (allowed and not subscribed), subscribed
    const state = async () => {
      if (!supported()) return 'unsupported';
      const permission = w.Notification.permission;
      return permission === 'granted' && await subscription() ? 'subscribed' : permission;
    };
    const subscribe = async (options, permission) => {
      if (!supported()) return 'unsupported';
      if (tracker.state() < 0) return 'refused';
      if (await permission !== 'granted') return w.Notification.permission;
      const answer = await w.fetch(url('push') + '?writeKey=' + encodeURIComponent(tracker.writeKey));
      if (!answer.ok) throw new Error('Rapport answered ' + answer.status);
      const key = bytes((await answer.json()).publicKey);
      const active = await nav.serviceWorker.register(address());
      await nav.serviceWorker.ready;
      let subscribed = await active.pushManager.getSubscription();
      if (subscribed && !usable(subscribed, key)) {
        await subscribed.unsubscribe();
        subscribed = null;
      }
      subscribed = subscribed || await active.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
      token = options.userToken || token;
      await keep(subscribed);
      return 'subscribed';
    };
    const unsubscribe = async () => {
      const subscribed = await subscription();
      if (subscribed) {
        await post('devices/detachment', { kind: 'web', subscription: subscribed.toJSON() }).catch(() => {});
        await subscribed.unsubscribe();
      }
      tracker.forget('rapport_push');
      return state();
    };
    // Who signs out takes their messages along; who signs in next on this browser gets their own.
    const left = async () => {
      token = undefined;
      const subscribed = await subscription();
      if (subscribed) await post('devices/detachment', { kind: 'web', subscription: subscribed.toJSON() });
    };
    const came = async () => {
      const subscribed = await subscription();
      if (subscribed && tracker.state() > -1) await keep(subscribed);
      else tracker.forget('rapport_push');
    };
    return { state, subscribe, unsubscribe, left, came };
  };
})(window, document, navigator);
