// Keeps the page in step with the server, often while something runs and seldom otherwise.
import { ask, say } from "./requests.js";
import { makeForm } from "./inputs.js";
import { showJobs, whenChanged } from "./jobs.js";
import { showPerformers, takePerformers } from "./performers.js";

const OFTEN_MS = 1000, SELDOM_MS = 2000;
let waiting = null, lost = false;

async function refresh() {
  clearTimeout(waiting);
  let soon = true;
  try {
    const state = await ask("/api/state");
    showJobs(state.jobs);
    showPerformers(state.performers, refresh);
    const warning = document.getElementById("waiting");
    warning.textContent = state.waiting;
    warning.hidden = !state.waiting;
    document.getElementById("free").textContent = `${state.free_gb} GB free.`;
    soon = state.jobs.some((job) => ["queued", "running"].includes(job.state));
    if (lost) say("");
    lost = false;
  } catch (mistake) {
    lost = true;
    say(mistake.message, true);
  }
  waiting = setTimeout(refresh, soon && !document.hidden ? OFTEN_MS : SELDOM_MS);
}

whenChanged(refresh);
makeForm(refresh);
takePerformers(refresh);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
refresh();
