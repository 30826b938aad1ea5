// <r-campaign-form>: shows the chosen template and only the fields that matter.
class CampaignForm extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.form.addEventListener("change", () => this.follow());
    this.follow();
  }

  follow() {
    const when = this.form.elements.when.value;
    for (const row of this.querySelectorAll("[data-when]")) row.hidden = !row.dataset.when.split(" ").includes(when);
    if (!this.form.elements.template) return; // a post has none
    const template = this.form.elements.template.value;
    const edit = this.querySelector("[data-edit]");
    const thumb = this.querySelector("[data-thumb]");
    edit.hidden = !template;
    if (!template || template === this.template) return;
    this.template = template;
    edit.href = `${thumb.dataset.thumb}${template}/`;
    const frame = document.createElement("iframe");
    frame.title = this.form.elements.template.selectedOptions[0].textContent;
    frame.setAttribute("sandbox", "");
    frame.src = `${thumb.dataset.thumb}${template}/preview/`;
    thumb.replaceChildren(frame);
  }
}
customElements.define("r-campaign-form", CampaignForm);
