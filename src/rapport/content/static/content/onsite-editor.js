// The preview of an on-site message: drawn anew with every change, by the script that websites load.
const form = document.querySelector('[data-on-site-form]');
const stage = document.querySelector('[data-on-site-preview]');
const names = ['format', 'place', 'title', 'body', 'image', 'url', 'label', 'color', 'form'];

const draw = () => {
  const message = Object.fromEntries(names.map(name => [name, form.elements[name]?.value ?? '']));
  stage.replaceChildren();
  window.RapportModules.draw(message, stage, () => setTimeout(draw, 600), true);
};

if (form && stage) {
  const script = document.createElement('script');
  script.src = stage.dataset.script;
  script.onload = () => { draw(); form.addEventListener('input', draw); };
  document.head.append(script);
}
