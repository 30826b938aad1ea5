// <r-edit>: a cell that becomes a control when it is clicked and is saved when it is left.
import { toast } from "./toasts.js";
import { reason } from "./lazy.js";
import { post } from "./requests.js";

class Edit extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => event.target.closest(".cell-edit") && this.begin());
  }

  begin() {
    const button = this.firstElementChild;
    const template = this.querySelector("template") ?? document.querySelector(`template[data-edit="${this.dataset.column}"]`);
    const control = template.content.firstElementChild.cloneNode(true);
    control.value = this.dataset.value;
    button.replaceWith(control);
    control.focus();
    control.select?.();
    const finish = (save) => { control.onblur = null; return save && control.value !== this.dataset.value ? this.save(control, button) : this.restore(control, button); };
    control.onblur = () => finish(true);
    if (control.matches("select")) control.onchange = () => finish(true);
    control.onkeydown = (event) => {
      if (event.key === "Enter") finish(true);
      if (event.key === "Escape") { event.preventDefault(); finish(false); }
    };
  }

  restore(control, button) {
    const hadFocus = control === document.activeElement;
    control.replaceWith(button);
    if (hadFocus) button.focus();
  }

  async save(control, button) {
    control.disabled = true;
    const answer = await post(this.dataset.url ?? location.href, { edit: this.dataset.column, row: this.dataset.row ?? "", value: control.value });
    if (answer.ok) {
      button.innerHTML = await answer.text();
      this.dataset.value = control.value;
    } else {
      const note = JSON.parse(answer.headers.get("HX-Trigger") ?? "{}").toast;
      toast(note?.text ?? reason(answer.status), "error");
    }
    this.restore(control, button);
    button.focus();
  }
}
customElements.define("r-edit", Edit);
