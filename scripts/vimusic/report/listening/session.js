"use strict";
// A listener's session: its order, what is kept at each change so that a reload goes on where it stopped, and
// the way of each answer to the server or into a file.

const study = JSON.parse(document.getElementById("study").textContent);
const SERVED = location.protocol.startsWith("http");
const KEPT_AS = `listening-study:${study.study}`;
const RETRY = 2000; // ms

// xorshift32 (Marsaglia 2003): the order of a session follows from its seed, which is stored.
function generator(seed) {
  return (below) => {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return Math.floor(((seed >>> 0) / 2 ** 32) * below);
  };
}

function shuffled(items, random) {
  const left = [...items];
  return items.map(() => left.splice(random(left.length), 1)[0]);
}

function newSession() {
  const random = crypto.getRandomValues(new Uint32Array(5));
  const session = [...random.slice(0, 4)].map((word) => word.toString(16).padStart(8, "0")).join("");
  return { session, seed: random[4] || 1, step: 0, records: [], sent: 0, ...blankDraft() };
}

function blankDraft() {
  return { heard: [], values: {}, seconds: 0 };
}

function load() {
  try {
    return JSON.parse(localStorage.getItem(KEPT_AS)) || newSession();
  } catch {
    return newSession();
  }
}

function keep() {
  try {
    localStorage.setItem(KEPT_AS, JSON.stringify(state));
  } catch {
    say("This browser keeps nothing: do not close or reload this page before the end.");
  }
}

function screens(seed) {
  const random = generator(seed);
  const trials = Object.keys(study.trials).sort();
  const part = (name) =>
    shuffled(trials.filter((id) => study.trials[id].part === name), random).map((id) => ({
      name,
      trial: id,
      shown: shuffled(Object.keys(study.trials[id].clips).sort(), random),
    }));
  return [
    { name: "welcome" },
    { name: "setup", trial: "start", shown: [] },
    ...part("questions"),
    { name: "between" },
    ...part("comparison"),
    { name: "done" },
  ];
}

let state = load();
let steps = screens(state.seed);

// ---- where the answers go -----------------------------------------------------------------------------

let sending = false;
let saved = false; // this session's records are out of this browser

function say(text) {
  document.getElementById("status").textContent = text;
}

async function send() {
  if (!SERVED || sending) return;
  sending = true;
  try {
    while (state.sent < state.records.length) {
      const { session, sent } = state;
      const body = JSON.stringify(state.records[sent]);
      const headers = { "Content-Type": "application/json" };
      const reply = await fetch("answers", { method: "POST", headers, body });
      if (!reply.ok) throw new Error(await reply.text());
      if (state.session === session) state.sent = Math.max(state.sent, sent + 1);
      keep();
      say("");
    }
  } catch (error) {
    const refused = error instanceof TypeError ? "" : ` (${error.message.trim()})`;
    say(`Your answers are kept here but have not reached the server yet${refused}. Trying again.`);
    setTimeout(send, RETRY);
  }
  sending = false;
  if (steps[state.step].name === "done") showWhere();
}

function showWhere() {
  const arrived = SERVED && state.sent === state.records.length;
  saved ||= arrived;
  document.querySelector("main .where").textContent = arrived
    ? "All your answers are saved. You can close this page."
    : SERVED
      ? "Your answers are being sent; please keep this page open, or save them to a file."
      : "Please save your answers to a file and hand it to whoever asked you to listen.";
}

function download() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(state.records, null, 1)], { type: "application/json" }));
  link.download = `answers-${state.session}.json`;
  link.click();
  saved = true;
}
