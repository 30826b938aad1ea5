// <r-campaign-form>: shows the chosen template and its subject, and only the fields that matter.
class CampaignForm extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.subjects = JSON.parse(this.querySelector("#template-subjects")?.textContent || "{}");
    this.more = this.querySelector("[data-more]");
    this.more?.addEventListener("click", () => {
      this.shown += 1;
      this.follow();
      this.rows[this.shown - 1].querySelector("input").focus();
    });
    this.rows = [...this.querySelectorAll("[data-variant]")];
    this.shown = Math.max(1, this.rows.filter((row) => "filled" in row.dataset).length);
    this.form.addEventListener("change", () => this.follow());
    this.follow();
  }

  follow() {
    const when = this.form.elements.when.value;
    for (const row of this.querySelectorAll("[data-when]")) row.hidden = !row.dataset.when.split(" ").includes(when);
    if (!this.form.elements.template) return; // a post has none
    this.rows.forEach((row, at) => {
      row.hidden = at >= this.shown && ![...row.querySelectorAll("input, select")].some((field) => field.value);
    });
    if (this.more) this.more.hidden = this.rows.every((row) => !row.hidden);
    const template = this.form.elements.template.value;
    const subject = this.querySelector("[data-subject]");
    subject.hidden = !this.subjects[template];
    subject.querySelector("strong").textContent = this.subjects[template] || "";
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
