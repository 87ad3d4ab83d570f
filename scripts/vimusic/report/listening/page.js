// The screens of the study and their sounds; page.html holds the words.

const WORDS = ["bad", "poor", "fair", "good", "excellent"];
const ASK = {
  consent: "Please tick the box if you agree; without it the study cannot start.",
  headphones: "Please say whether you use headphones.",
  coherent: "Please say whether it sounds like a coherent piece of music.",
  family: "Please choose an instrument family.",
};

// ---- sounds -------------------------------------------------------------------------------------------

let sounds = []; // of this screen
let playing = null;

function stop() {
  if (playing) playing.pause();
  playing = null;
}

// A sound is heard once it has run from its start to its end; from then on, switching to it from another
// sound goes on at the same place.
function addSound(row, label, index, id) {
  const bytes = Uint8Array.from(atob(study.audio[index]), (letter) => letter.charCodeAt(0));
  const audio = new Audio(URL.createObjectURL(new Blob([bytes], { type: "audio/flac" })));
  const button = row.querySelector(".play");
  const mark = row.querySelector(".heard");
  const show = () => {
    const on = playing === audio;
    button.textContent = `${on ? "■ Stop" : "▶ Play"} ${label}`;
    button.classList.toggle("playing", on);
    mark.textContent = state.heard.includes(id) ? "✓ heard" : "";
  };
  button.addEventListener("click", () => {
    const place = playing && state.heard.includes(id) ? playing.currentTime : 0;
    const on = playing === audio;
    stop();
    if (on) return;
    audio.currentTime = place;
    playing = audio;
    audio.play().catch(() => say("This browser cannot play the sound; please try another browser."));
    show();
  });
  audio.addEventListener("pause", show);
  audio.addEventListener("ended", () => {
    playing = null;
    if (!state.heard.includes(id)) state.heard.push(id);
    keep();
    show();
  });
  show();
  sounds.push({ id, label, audio });
}

// ---- screens ------------------------------------------------------------------------------------------

let shownAt = 0;

function show() {
  stop();
  sounds.forEach(({ audio }) => URL.revokeObjectURL(audio.src));
  sounds = [];
  const step = steps[state.step];
  const main = document.querySelector("main");
  main.replaceChildren(document.getElementById(step.name).content.cloneNode(true));
  document.getElementById("step").textContent = `Page ${state.step + 1} of ${steps.length}`;
  document.getElementById("progress").value = state.step / (steps.length - 1);
  const form = main.querySelector("form");
  fill[step.name](main, step);
  restore(form);
  form.addEventListener("input", () => {
    state.values = values(form);
    keep();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    next(form, step);
  });
  shownAt = performance.now();
  main.querySelector("h1").focus();
  window.scrollTo(0, 0);
}

const fill = {
  welcome(main) {
    const count = (name) => steps.filter((step) => step.name === name).length;
    main.querySelector(".questions").textContent = count("questions");
    main.querySelector(".comparisons").textContent = count("comparison");
    main.querySelector(".where").textContent = SERVED
      ? "It is sent to the computer that shows you this page."
      : "It stays in this browser until you save it to a file.";
  },
  setup(main) {
    addSound(main.querySelector(".player"), "noise", study.level, "noise");
  },
  questions(main, step) {
    const [clip] = step.shown;
    addSound(main.querySelector(".player"), "clip", study.trials[step.trial].clips[clip], clip);
  },
  between() {},
  comparison(main, step) {
    const trial = study.trials[step.trial];
    addSound(main.querySelector(".reference"), "reference", trial.reference, "reference");
    step.shown.forEach((clip, place) => {
      const row = document.getElementById("sound").content.cloneNode(true).firstElementChild;
      const name = `sound ${String.fromCharCode(65 + place)}`;
      const slider = row.querySelector("input");
      slider.name = clip;
      slider.setAttribute("aria-label", `Quality of ${name}`);
      slider.addEventListener("input", () => showRating(slider));
      main.querySelector(".sounds").append(row);
      addSound(row, name, trial.clips[clip], clip);
    });
  },
  done(main) {
    showWhere();
    main.querySelector(".download").addEventListener("click", download);
  },
};

function showRating(slider) {
  const value = Number(slider.value);
  slider.parentElement.classList.add("given");
  slider.parentElement.querySelector("output").textContent = value;
  slider.setAttribute("aria-valuetext", `${value}, ${WORDS[Math.min(4, Math.floor(value / 20))]}`);
}

// What the form holds so far; a slider counts from its first move.
function values(form) {
  const rated = [...form.querySelectorAll(".given input")].map((slider) => [slider.name, Number(slider.value)]);
  const chosen = [...form.querySelectorAll("input:checked")].map((input) => [input.name, input.value]);
  return Object.fromEntries([...chosen, ...rated]);
}

function restore(form) {
  for (const input of form.querySelectorAll("input")) {
    if (!(input.name in state.values)) continue;
    if (input.type === "range") {
      input.value = state.values[input.name];
      showRating(input);
    } else {
      input.checked = input.value === state.values[input.name];
    }
  }
}

// What is still to be done on this screen, one sentence each.
function missing(form) {
  const unheard = sounds.filter(({ id }) => id !== "noise" && !state.heard.includes(id));
  const names = new Set([...form.querySelectorAll("input")].map((input) => input.name));
  const unanswered = [...names].filter((name) => !(name in state.values));
  const unrated = sounds.filter(({ id }) => unanswered.includes(id));
  const list = (some) => some.map(({ label }) => label).join(", ");
  return [
    ...(unheard.length ? [`Please play to the end: ${list(unheard)}.`] : []),
    ...(unrated.length ? [`Please rate: ${list(unrated)}.`] : []),
    ...unanswered.filter((name) => name in ASK).map((name) => ASK[name]),
  ];
}

function next(form, step) {
  const lacking = missing(form);
  if (step.name === "done" && !saved) lacking.push("Please save your answers to a file first.");
  form.querySelector(".missing").textContent = lacking.join("\n");
  if (lacking.length) return;
  if (step.name === "done") {
    state = newSession();
    steps = screens(state.seed);
    saved = false;
  } else {
    if (step.trial) record(step);
    Object.assign(state, blankDraft(), { step: state.step + 1 });
  }
  keep();
  send();
  show();
}

function record({ name, trial, shown }) {
  const answer = name === "setup" ? { seed: state.seed, ...state.values } : state.values;
  const seconds = Math.round(state.seconds + (performance.now() - shownAt) / 1000);
  const place = state.records.length;
  state.records.push({ study: study.study, session: state.session, trial, place, seconds, shown, answer });
}

window.addEventListener("pagehide", () => {
  state.seconds += (performance.now() - shownAt) / 1000;
  shownAt = performance.now();
  keep();
});

// The same study in a second tab is the same session: follow it.
window.addEventListener("storage", ({ key }) => {
  if (key !== KEPT_AS) return;
  const before = state.step;
  state = load();
  steps = screens(state.seed);
  if (state.step !== before) show();
});

keep();
show();
send();
