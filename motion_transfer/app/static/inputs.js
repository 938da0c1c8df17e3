// Source and target: dropped, chosen or recorded; and the form that makes a job of them.
import { ask, attempt, checked, say, send } from "./requests.js";

const uploads = {};
const form = document.getElementById("form");

async function take(box, file, name) {
  const role = box.dataset.role;
  const [facts, bar, poster] = [".facts", "progress", ".poster"].map((part) => box.querySelector(part));
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
  bar.hidden = true;
  if (!good) facts.textContent = "No file yet. Drop one here.";
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
  const button = box.querySelector(".record");
  button.onclick = () => attempt(() => record(box, button));
}

function options() {
  const values = Object.fromEntries(new FormData(form));
  delete values.performer;
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
}

// Show the settings of an earlier job in the form.
export function fill(settings) {
  for (const field of form.elements) {
    if (field.name && field.name !== "performer") field.value = settings[field.name] ?? (field.name === "preset" ? "fast" : "");
  }
}

export function makeForm(started) {
  const queue = (asked) => attempt(async () => {
    await ask("/api/jobs", { ...asked, options: options() });
    say("Queued. It goes on when this page is closed.");
    started();
    document.getElementById("jobs").scrollIntoView({ behavior: "smooth" });
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    queue({ source: uploads.source, target: uploads.target, performer: form.elements.performer.value });
  });
  for (const button of document.querySelectorAll("[data-example]")) {
    button.addEventListener("click", () => queue({ example: button.dataset.example }));
  }
}
