// Runs before the first paint, so that the page does not jump: rail and density as this browser left them.
(() => {
  const html = document.documentElement;
  for (const name of ["rail", "density"]) {
    const value = localStorage.getItem(`rapport.${name}`);
    if (value) html.dataset[name] = value;
  }
})();
