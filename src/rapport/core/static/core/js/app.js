// The one entry point of every page. Each module minds one behaviour and finds its elements by data attributes.
import "./requests.js";
import "./frame.js";
import "./popovers.js";
import "./dialogs.js";
import "./toasts.js";
import "./panel.js";
import "./rows.js";
import "./copy.js";
import "./shortcuts.js";
import "./list.js";
import "./board.js";
import "./calendar.js";
import "./filter.js";
import "./order.js";
import "./edit.js";
import "./forms.js";
import "./redraw.js";
import "./drafts.js";
import "./palette.js";
import "./charts.js";
import "./live.js";
import "./mentions.js";
import "./busy.js"; // last: what others prevented is not on its way
