// <r-filter>: edits a filter tree as nested groups and writes it, as JSON, into the form's hidden field.
class FilterBuilder extends HTMLElement {
  connectedCallback() {
    this.field = this.closest("form").querySelector("[data-filter-value]");
    this.addEventListener("click", (event) => this.clicked(event.target));
    this.addEventListener("change", (event) => this.changed(event.target));
    this.addEventListener("input", () => this.write());
    for (const node of this.querySelectorAll("[data-condition]")) this.adapt(node);
    if (!this.querySelector("[data-condition]")) this.add(this.querySelector("[data-children]"), false);
  }

  template(selector) { return this.querySelector(`template${selector}`).content.firstElementChild.cloneNode(true); }

  /** A condition on a field, by default the first; filters of one shape share their operators and their control. */
  fresh(name) {
    const fields = this.template("[data-fields]");
    fields.value = name ?? fields.value;
    const child = this.template(`[data-condition-of="${fields.selectedOptions[0].dataset.shape}"]`);
    child.prepend(fields);
    return child;
  }

  clicked(target) {
    const group = target.closest("[data-mode-group]")?.querySelector("[data-children]");
    if (target.closest("[data-add-condition]")) this.add(group, false);
    if (target.closest("[data-add-group]")) this.add(group, true);
    if (target.closest("[data-drop]")) target.closest("[data-condition], [data-mode-group]").remove();
    this.write();
  }

  add(parent, asGroup, focus = asGroup || this.isReady) {
    const child = asGroup ? this.template("[data-group]") : this.fresh();
    parent.append(child);
    if (asGroup) this.add(child.querySelector("[data-children]"), false, false);
    else this.adapt(child);
    if (focus) child.querySelector("select").focus();
    this.isReady = true;
  }

  changed(target) {
    if (target.matches("[data-field]")) {
      const fresh = this.fresh(target.value);
      target.closest("[data-condition]").replaceWith(fresh);
      this.adapt(fresh);
      fresh.querySelector("[data-field]").focus();
    }
    if (target.matches("[data-op]")) this.adapt(target.closest("[data-condition]"));
    this.write();
  }

  adapt(condition) {
    const { takes } = condition.querySelector("[data-op]").selectedOptions[0].dataset;
    const value = condition.querySelector("[data-value]");
    value.hidden = !takes;
    if (value.tagName !== "INPUT") return;
    Object.assign(value, { type: { date: "date", number: "number", days: "number" }[takes] ?? "text", step: takes === "days" ? 1 : "any" });
  }

  read(node) {
    if (node.matches("[data-condition]")) return this.condition(node);
    const children = [...node.querySelector("[data-children]").children].map((child) => this.read(child)).filter(Boolean);
    const mode = node.querySelector("[data-mode]").value;
    if (!children.length) return null;
    return mode === "none" ? { not: { any: children } } : { [mode]: children };
  }

  condition(node) {
    const value = node.querySelector("[data-value]");
    const given = value.dataset.value === "choices" ? [...value.querySelectorAll(":checked")].map((box) => box.value) : value.value;
    const { takes } = node.querySelector("[data-op]").selectedOptions[0].dataset;
    if (takes && !given.length) return null;
    return { field: node.querySelector("[data-field]").value, op: node.querySelector("[data-op]").value, ...(takes ? { value: given } : {}) };
  }

  write() {
    const tree = this.read(this.querySelector(":scope > [data-mode-group]"));
    this.field.value = tree ? JSON.stringify(tree) : "";
  }
}
customElements.define("r-filter", FilterBuilder);
