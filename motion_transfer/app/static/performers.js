// The gallery of performers.
import { ask, attempt, checked, element, say, send } from "./requests.js";

const list = document.getElementById("performer-list");
const chosen = document.getElementById("performer");
let before = "";

function card(one, changed) {
  const name = element("input", { type: "text", value: one.name, maxLength: 100, ariaLabel: `Name of ${one.name}` });
  const rename = () => attempt(async () => {
    await ask(`/api/performers/${one.id}/rename`, { name: name.value });
    await changed();
  });
  name.addEventListener("change", rename);
  const use = () => {
    chosen.value = one.id;
    document.getElementById("new").scrollIntoView();
    chosen.focus();
  };
  const remove = () => attempt(async () => {
    if (!confirm(`Delete the performer ${one.name}?`)) return;
    await ask(`/api/performers/${one.id}/delete`, {});
    await changed();
  });
  const poster = element("img", { className: "poster", src: `/posters/performers/${one.id}`, alt: "", loading: "lazy" });
  poster.onerror = () => { poster.hidden = true; };
  return element("li", {}, poster, name,
    element("p", { className: "facts" }, `${(one.size_bytes / 1e6).toFixed(0)} MB, ${new Date(one.created_s * 1000).toLocaleDateString()}`),
    element("div", { className: "row" },
      element("button", { type: "button", onclick: use, ariaLabel: `Use ${one.name}` }, "Use"),
      element("a", { className: "button", href: `/performers/${one.id}.zip`, ariaLabel: `Download ${one.name}` }, "Download"),
      element("button", { type: "button", onclick: remove, ariaLabel: `Delete ${one.name}` }, "Delete")));
}

export function showPerformers(performers, changed) {
  const now = JSON.stringify(performers);
  if (now === before) return;
  before = now;
  list.replaceChildren(...performers.map((one) => card(one, changed)));
  document.getElementById("no-performers").hidden = performers.length > 0;
  const kept = chosen.value;
  chosen.replaceChildren(chosen.options[0], ...performers.map((one) => element("option", { value: one.id }, one.name)));
  chosen.value = performers.some((one) => one.id === kept) ? kept : "";
}

export function takePerformers(changed) {
  document.getElementById("performer-file").addEventListener("change", (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (!file) return;
    attempt(async () => {
      say(`Sending ${file.name}`);
      const sent = await send(file, file.name, () => {});
      say(`Looking through ${file.name}`);
      const found = await checked(sent.id);
      if (!found.performer) throw new Error(`expected a performer as one file, got ${found.kind}; choose what this page let you download`);
      say(`${found.title} is in the gallery.`);
      await changed();
    });
  });
}
