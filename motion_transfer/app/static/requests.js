// Requests to the server and messages to the user.
const OWN = { "x-motion-transfer": "1" };
export const known = JSON.parse(document.body.dataset.known);
const message = document.getElementById("message");
const place = document.createComment("message");
message.before(place);

// A dialog covers the page and takes the message into itself; without one it stands at the top of the page.
export function say(text, bad = false) {
  const dialog = document.querySelector("dialog[open]");
  if (dialog) dialog.prepend(message);
  else place.after(message);
  message.textContent = text;
  message.classList.toggle("error", bad);
  message.hidden = !text;
}

export async function ask(address, body) {
  const options = body === undefined ? {} : { method: "POST", headers: OWN, body: JSON.stringify(body) };
  let answer;
  try {
    answer = await fetch(address, options);
  } catch {
    throw new Error("expected an answer of the server, got none; it goes on when the server is back");
  }
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(content.error || `expected an answer, got ${answer.status}; reload the page`);
  return content;
}

// Ask, show a mistake as the one line that it is, and say whether it went well.
export async function attempt(work) {
  try {
    say("");
    await work();
    return true;
  } catch (mistake) {
    say(mistake.message, true);
    return false;
  }
}

// Send a file; `advance` is told the fraction that is sent.
export function send(file, name, advance) {
  if (file.size > known.most_bytes) {
    const size = Math.round(file.size / 1e6);
    return Promise.reject(new Error(`expected a file of at most ${known.max_upload_mb} MB, got ${size} MB; cut it, or export it smaller`));
  }
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/uploads?name=${encodeURIComponent(name)}`);
    for (const [header, text] of Object.entries(OWN)) request.setRequestHeader(header, text);
    request.upload.onprogress = (event) => event.lengthComputable && advance(event.loaded / event.total);
    request.onerror = () => failed(new Error(`expected to send ${name}, but the connection ended; try it again`));
    request.onload = () => {
      let content = {};
      try { content = JSON.parse(request.responseText); } catch { /* told below */ }
      if (request.status < 300) done(content);
      else failed(new Error(content.error || `expected to send ${name}, got ${request.status}; try it again`));
    };
    request.send(file);
  });
}

// Wait until the server has looked through an upload.
export async function checked(id) {
  for (;;) {
    const upload = await ask(`/api/uploads/${id}`);
    if (upload.state === "refused") throw new Error(upload.error);
    if (upload.state === "checked") return upload;
    await new Promise((done) => setTimeout(done, 500));
  }
}

export function element(tag, values = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(values)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

export function duration(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
