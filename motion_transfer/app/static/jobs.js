// The list of jobs, and one of them with its preview, its stages and its result.
import { ask, attempt, duration, element, say } from "./requests.js";
import { fill } from "./inputs.js";

const list = document.getElementById("job-list");
const dialog = document.getElementById("job");
const body = document.getElementById("job-body");
const cards = new Map();
let open = null;
let shown = "";
let changed = () => {};

export function whenChanged(refresh) { changed = refresh; }

function act(label, work, values = {}) {
  return element("button", { type: "button", onclick: () => attempt(work), ...values }, label);
}

function verb(job, name, label) {
  return act(label, async () => {
    if (name === "delete" && !confirm(`Delete ${job.title} with its results?`)) return;
    await ask(`/api/jobs/${job.id}/${name}`, {});
    if (name === "delete" && open === job.id) dialog.close();
    await changed();
  }, { ariaLabel: `${label} ${job.title}` });
}

function told(job) {
  if (job.state === "queued") return job.ahead ? `${job.ahead} before it` : "next";
  if (job.state !== "running") return `${new Date(1000 * job.ended_s).toLocaleString()}${job.started_s ? `, took ${duration(job.ended_s - job.started_s)}` : ""}`;
  if (job.wish === "cancel") return "ending";
  if (!job.stage) return "beginning";
  const left = job.left_s === null ? "" : `, ${duration(job.left_s)} left of this step`;
  const all = job.outlook ? `; ${job.outlook} left in all` : "";
  return `${job.stage}${left}${all}${job.wish === "finish" ? ", finishing early" : ""}`;
}

// The settings that were asked for, in the words of the command line.
function asked(job) {
  return Object.entries(job.options).map(([name, value]) => `${name}=${value}`).join(", ");
}

function actions(job) {
  const buttons = [act("Open", () => show(job.id), { ariaLabel: `Open ${job.title}` })];
  if (job.state === "running" && job.training && !job.wish) buttons.push(verb(job, "finish", "Finish now"));
  if (["running", "queued"].includes(job.state) && job.wish !== "cancel") buttons.push(verb(job, "cancel", "Cancel"));
  if (["failed", "cancelled"].includes(job.state)) buttons.push(verb(job, "resume", "Resume"));
  if (job.state !== "running") buttons.push(verb(job, "delete", "Delete"));
  return buttons;
}

function card(job) {
  const bar = element("progress", { max: 1, ariaLabel: `Progress of ${job.title}` });
  if (job.fraction !== null) bar.value = job.fraction;
  bar.hidden = job.state !== "running";
  const parts = [
    element("div", { className: "row spread" },
      element("h3", {}, job.title), element("span", { className: `state ${job.state}` }, job.state)),
    element("p", { className: "facts" }, [asked(job), told(job)].filter(Boolean).join(": ")), bar];
  if (job.error) parts.push(element("p", { className: "error" }, job.error));
  parts.push(element("div", { className: "row" }, ...actions(job)));
  return element("li", { id: `job-${job.id}` }, ...parts);
}

// Renew only what has changed, so that the focus stays where it is.
export function showJobs(jobs) {
  const there = new Set(jobs.map((job) => job.id));
  for (const [id, old] of cards) {
    if (!there.has(id)) { old.item.remove(); cards.delete(id); }
  }
  jobs.forEach((job, place) => {
    const text = JSON.stringify(job);
    let known = cards.get(job.id);
    if (!known || known.text !== text) {
      const item = card(job);
      const focused = known && known.item.contains(document.activeElement) ? document.activeElement.textContent : null;
      if (known) known.item.replaceWith(item);
      if (focused) [...item.querySelectorAll("button")].find((button) => button.textContent === focused)?.focus();
      known = { text, item };
      cards.set(job.id, known);
    }
    if (list.children[place] !== known.item) list.insertBefore(known.item, list.children[place] ?? null);
  });
  document.getElementById("no-jobs").hidden = jobs.length > 0;
  const now = jobs.find((job) => job.id === open);
  if (dialog.open && now && JSON.stringify(now) !== shown) render(now);
}

async function show(id) {
  open = id;
  shown = "";
  body.replaceChildren();
  if (!dialog.open) dialog.showModal();
  await render(await ask(`/api/jobs/${id}`));
}

async function render(brief) {
  shown = JSON.stringify(brief);
  const job = brief.stages ? brief : await ask(`/api/jobs/${brief.id}`);
  if (job.id !== open) return;
  document.getElementById("job-title").textContent = job.title;
  const file = (name) => `/jobs/${job.id}/${name}`;
  if (job.state === "done" && body.dataset.result === job.id) return; // its videos may be playing
  body.dataset.result = job.state === "done" ? job.id : "";
  const parts = [element("p", { className: job.error ? "error" : "facts" }, job.error || [job.state, asked(job), told(job)].filter(Boolean).join("; "))];
  if (job.state === "done") parts.push(...result(job, file));
  else if (job.files.includes("preview.jpg")) {
    const address = `${file("preview.jpg")}?${job.previews}`;
    parts.push(element("figure", {}, element("img", { className: "preview", src: address, alt: "Preview of the training" }),
      element("figcaption", {}, "What the network paints by now, beside the true frames")));
  }
  const buttons = [...actions(job).slice(1), act("Again with these settings", () => again(job)),
    act("Change the settings first", () => { fill(job.options); dialog.close(); })];
  parts.push(element("div", { className: "row" }, ...buttons), stages(job));
  if (job.notes.length) parts.push(element("ul", { className: "hint" }, ...job.notes.map((note) => element("li", {}, note))));
  body.replaceChildren(...parts);
}

async function again(job) {
  await ask("/api/jobs", { again: job.id, options: job.options });
  dialog.close();
  await changed();
}

function stages(job) {
  const lines = job.stages.map((stage) => element("li", {}, element("span", {}, stage.name),
    element("span", {}, stage.cached ? "found" : stage.ended ? duration(stage.seconds) : `${Math.round(100 * (stage.fraction ?? 0))} %`)));
  return element("ol", { className: "stages" }, ...lines);
}

function result(job, file) {
  const made = element("video", { src: file("result.mp4"), controls: true, playsInline: true, preload: "auto", loop: true, ariaLabel: "Result" });
  const figures = [element("figure", {}, made, element("figcaption", {}, "Result"))];
  const parts = [element("div", { className: "videos" }, ...figures)];
  if (job.source_file) {
    const source = element("video", { src: file(job.source_file), muted: true, playsInline: true, preload: "auto", loop: true, ariaLabel: "Source" });
    parts[0].prepend(element("figure", {}, source, element("figcaption", {}, "Source")));
    follow(source, made);
  }
  const links = [["result.report.html", "Report"], ["result.mp4", "Download the video"], ["result.report.json", "Report as JSON"], ["result.report.png", "Contact sheet"]];
  const shownLinks = links.filter(([name]) => job.files.includes(name)).map(([name, label]) =>
    element("a", { className: "button", href: file(name) + (label === "Report" ? "" : "?download"), target: label === "Report" ? "_blank" : "" }, label));
  if (job.performer) shownLinks.push(element("a", { className: "button", href: `/performers/${job.performer}.zip` }, "Download the performer"));
  parts.push(element("div", { className: "row" }, ...shownLinks));
  return parts;
}

// The source plays, stops and seeks with the result.
function follow(source, made) {
  const align = () => { if (Math.abs(source.currentTime - made.currentTime) > 0.08) source.currentTime = made.currentTime; };
  made.addEventListener("play", () => { align(); source.play().catch(() => {}); });
  made.addEventListener("pause", () => { source.pause(); align(); });
  made.addEventListener("seeking", align);
  made.addEventListener("timeupdate", align);
  made.addEventListener("ratechange", () => { source.playbackRate = made.playbackRate; });
}

document.getElementById("job-close").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => { say(""); open = null; body.dataset.result = ""; body.replaceChildren(); });
