// Source and target: dropped, chosen or recorded; and the form that makes a job of them.
import { ask, attempt, checked, say, send } from "./requests.js";

const uploads = {};
const marks = {};
const form = document.getElementById("form");

async function take(box, file, name) {
  const role = box.dataset.role;
  const [facts, bar, poster] = [".facts", "progress", ".poster"].map((part) => box.querySelector(part));
  if (uploads[role]) box.querySelector(".person").value = ""; // the point was in another clip
  uploads[role] = null;
  const good = await attempt(async () => {
    poster.hidden = true;
    bar.hidden = false;
    bar.value = 0;
    facts.textContent = `${name}: sending`;
    const sent = await send(file, name, (fraction) => { bar.value = fraction; });
    bar.removeAttribute("value");
    facts.textContent = `${name}: looking through it`;
    const found = await checked(sent.id);
    uploads[role] = found.id;
    facts.textContent = `${found.title}: ${found.facts}`;
    if (found.kind === "footage") {
      poster.src = `/posters/uploads/${found.id}`;
      poster.alt = `First frame of ${found.title}`;
      poster.hidden = false;
    }
  });
  marks[role]();
  bar.hidden = true;
  if (!good) facts.textContent = "No file yet. Drop one here.";
}

// A click into the first frame says who is meant, and so do numbers in the field; a mark shows the place.
function point(box) {
  const [poster, mark, field] = [".poster", ".mark", ".person"].map((part) => box.querySelector(part));
  const show = () => {
    const place = field.value.split(",").map((text) => (text.trim() ? Number(text) : NaN));
    mark.hidden = poster.hidden || place.length !== 2 || !place.every((one) => one >= 0 && one <= 1);
    if (!mark.hidden) [mark.style.left, mark.style.top] = place.map((one) => `${100 * one}%`);
  };
  poster.addEventListener("click", (event) => {
    const place = [event.offsetX / poster.clientWidth, event.offsetY / poster.clientHeight];
    field.value = place.map((one) => Math.min(1, Math.max(0, one)).toFixed(3)).join(",");
    show();
  });
  field.addEventListener("input", show);
  marks[box.dataset.role] = show;
}

// Record from the camera until the button is pressed again.
async function record(box, button) {
  if (!navigator.mediaDevices || !window.MediaRecorder) {
    say("expected a camera, got none that this page may use; open it by https or on this machine, or choose a file", true);
    return;
  }
  const stream = await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
  const recorder = new MediaRecorder(stream);
  const parts = [];
  recorder.ondataavailable = (event) => parts.push(event.data);
  recorder.onstop = () => {
    stream.getTracks().forEach((track) => track.stop());
    button.textContent = "Record";
    button.onclick = () => attempt(() => record(box, button));
    const ending = recorder.mimeType.includes("mp4") ? "mp4" : "webm";
    take(box, new Blob(parts, { type: recorder.mimeType }), `recorded ${box.dataset.role}.${ending}`);
  };
  recorder.start(1000);
  button.textContent = "Stop recording";
  button.onclick = () => recorder.stop();
}

for (const box of document.querySelectorAll(".drop")) {
  box.querySelector("input[type=file]").addEventListener("change", (event) => {
    const [file] = event.target.files;
    if (file) take(box, file, file.name);
    event.target.value = "";
  });
  box.addEventListener("dragover", (event) => { event.preventDefault(); box.classList.add("over"); });
  box.addEventListener("dragleave", () => box.classList.remove("over"));
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    box.classList.remove("over");
    const [file] = event.dataTransfer.files;
    if (file) take(box, file, file.name);
  });
  point(box);
  const button = box.querySelector(".record");
  button.onclick = () => attempt(() => record(box, button));
}

// Those of the form, but no point of a clip that is not used.
function options(asked) {
  const values = Object.fromEntries(new FormData(form));
  delete values.performer;
  if (asked.example) delete values.source_person;
  if (asked.example || asked.performer) delete values.target_person;
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
}

// Show the settings of an earlier job in the form.
export function fill(settings) {
  for (const field of form.elements) {
    if (field.name && field.name !== "performer") field.value = settings[field.name] ?? (field.name === "preset" ? "fast" : "");
  }
  Object.values(marks).forEach((show) => show());
}

export function makeForm(started) {
  const queue = (asked) => attempt(async () => {
    await ask("/api/jobs", { ...asked, options: options(asked) });
    say("Queued. It goes on when this page is closed.");
    started();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    document.getElementById("jobs").scrollIntoView({ behavior: still ? "auto" : "smooth" });
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    queue({ source: uploads.source, target: uploads.target, performer: form.elements.performer.value });
  });
  for (const button of document.querySelectorAll("[data-example]")) {
    button.addEventListener("click", () => queue({ example: button.dataset.example }));
  }
}
