// The shop's side of the tracker: asks for permission, then tells what the page says happened on it.
const analytics = window.analytics;
const choice = document.getElementById('choice');
const NO = 'lt_no';

const refused = () => document.cookie.split('; ').includes(`${NO}=1`);
// The "no" itself has to be remembered, and nothing else: one cookie without an id.
const remember = no => {
  const life = no ? 'max-age=15552000' : 'max-age=0';
  document.cookie = `${NO}=1;path=/shop/;samesite=lax;${life}`;
};

const ask = () => {
  const gpc = Boolean(navigator.globalPrivacyControl);
  choice.querySelector('[data-when="ask"]').hidden = gpc;
  choice.querySelector('[data-when="gpc"]').hidden = !gpc;
  choice.hidden = false;
};

const answer = yes => {
  remember(!yes);
  choice.hidden = true;
  if (analytics) analytics.consent({ analytics: yes });
};

choice.addEventListener('click', event => {
  const button = event.target.closest('[data-answer]');
  if (button) answer(button.dataset.answer === 'yes');
});
document.querySelector('[data-privacy]').addEventListener('click', () => {
  ask();
  choice.querySelector('button').focus();
});

if (analytics) {
  if (refused()) analytics.consent({ analytics: false });
  // Before the answer these wait in memory; after a "no" they are dropped.
  for (const [call, ...values] of JSON.parse(document.getElementById('shop-calls').textContent)) {
    analytics[call](...values);
  }
  // null: nobody was asked yet. Who sends GPC has answered already and is not asked again.
  if (analytics.consent().analytics === null && !refused()) ask();
}
