// L opens the form that logs a call, a visit, a meeting or a note on the profile at hand.
import { shortcut } from "../core/js/shortcuts.js";

shortcut("l", () => document.getElementById("log-contact")?.click());
