// The preview of an on-site message: drawn anew with every change, by the script that websites load. Fields that the
// format or the trigger does not have are left out.
const form = document.querySelector('[data-on-site-form]');
const stage = document.querySelector('[data-on-site-preview]');
const names = ['format', 'place', 'title', 'body', 'image', 'url', 'label', 'color', 'form'];

const fit = () => {
  for (const [name, key] of [['format', 'formats'], ['trigger', 'triggers']]) {
    const value = form.elements[name].value;
    for (const field of form.querySelectorAll(`[data-${key}]`)) field.hidden = !field.dataset[key].split(' ').includes(value);
  }
};

const draw = () => {
  const message = Object.fromEntries(names.map(name => [name, form.elements[name]?.value ?? '']));
  stage.dataset.format = message.format;
  stage.dataset.place = message.place;
  stage.replaceChildren();
  message.title ||= form.elements.title.placeholder;
  window.RapportModules.draw(message, stage, () => setTimeout(draw, 600), true);
};

if (form && stage) {
  fit();
  form.addEventListener('input', fit);
  const script = document.createElement('script');
  script.src = stage.dataset.script;
  script.onload = () => { draw(); form.addEventListener('input', draw); };
  document.head.append(script);
}
