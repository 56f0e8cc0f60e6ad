const $ = (id) => document.getElementById(id);
const about = JSON.parse($("sounds").textContent);
const player = new Player(new Array(about.length));
const plots = { a: new Spectrogram($("plot-a")), b: new Spectrogram($("plot-b")) };
const view = { start: 0, end: 1 };
let chosen = 1; // the result that stands beside the clip
let top_ = 1e-12; // power that is brightest
let highest = 20000;

const clock = (seconds) => `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(2).padStart(5, "0")}`;
const longest = () => Math.max(...[0, chosen].map((i) => player.sounds[i]?.seconds ?? 0));

async function load() {
  const decoded = (index) => decode(about[index], $(`audio-${index}`).textContent);
  const [clip, first] = [await decoded(0), await decoded(1)];
  player.sounds[0] = clip;
  player.sounds[1] = first;
  player.active = 1;
  top_ = Math.max(loudestPower(clip), 1e-12);
  highest = Math.min(20000, clip.rate / 2);
  plots.a.show(clip, about[0].marked, top_, highest);
  plots.b.show(first, about[1].marked, top_, highest);
  fit();
  refresh();
  $("play").disabled = false;
  for (let index = 2; index < about.length; index++) player.sounds[index] = await decoded(index);
  document.documentElement.dataset.ready = "";
}

/* What is seen */

function refresh() {
  const name = player.playing ? "Pause" : "Play";
  $("play").setAttribute("aria-label", name);
  $("play").classList.toggle("playing", player.playing);
  $("hear-a").setAttribute("aria-pressed", player.active === 0);
  $("hear-b").setAttribute("aria-pressed", player.active === chosen);
  $("figure-a").classList.toggle("heard", player.active === 0);
  $("figure-b").classList.toggle("heard", player.active === chosen);
  $("loop").setAttribute("aria-pressed", player.loop);
  $("matched").setAttribute("aria-pressed", player.matched);
  for (const row of document.querySelectorAll("#overview tbody tr")) {
    row.classList.toggle("chosen", Number(row.dataset.result) === chosen);
  }
  moveCursors();
  if (player.playing) requestAnimationFrame(follow);
}

function follow() {
  if (!player.playing) return;
  const at = player.position;
  const length = view.end - view.start;
  if (at > view.end || at < view.start) show(Math.floor(at / length) * length, length);
  moveCursors();
  requestAnimationFrame(follow);
}

function moveCursors() {
  if (!player.sound) return;
  const at = player.position;
  for (const [letter, index] of [["a", 0], ["b", chosen]]) {
    plots[letter].moveCursor(index === player.active ? at : at % player.sounds[index].seconds, view);
  }
  $("time").textContent = clock(at);
  $("total").textContent = clock(player.sound.seconds);
  $("seek").max = player.sound.seconds;
  $("seek").value = at;
  $("seek").setAttribute("aria-valuetext", `${at.toFixed(1)} of ${player.sound.seconds.toFixed(1)} seconds`);
}

function show(start, length) {
  const all = longest();
  const shown = Math.min(Math.max(length, Math.min(0.05, all)), all);
  view.start = Math.min(Math.max(start, 0), all - shown);
  view.end = view.start + shown;
  for (const plot of Object.values(plots)) plot.draw(view);
  drawTimes();
  const times = all / shown;
  $("zoom-level").textContent = times > 1.001 ? `${times.toFixed(1)} times` : "";
  $("zoom-out").disabled = $("zoom-fit").disabled = times <= 1.001;
  moveCursors();
}

const fit = () => show(0, longest());

/** Show a part `1 / factor` as long, with the time `around` kept in its place. */
function zoom(factor, around = player.position) {
  const length = view.end - view.start;
  const at = around < view.start || around > view.end ? (view.start + view.end) / 2 : around;
  show(at - (at - view.start) / factor, length / factor);
}

function drawTimes() {
  const length = view.end - view.start;
  const least = (length * 70) / Math.max($("times").clientWidth, 70);
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600].find((s) => s >= least) ?? 1200;
  const labels = [];
  for (let i = Math.ceil(view.start / step); i * step <= view.end; i++) {
    const label = document.createElement("span");
    label.textContent = step < 0.1 ? `${(i * step).toFixed(2)} s` : step < 1 ? `${(i * step).toFixed(1)} s` : `${i * step} s`;
    label.style.left = `${(100 * (i * step - view.start)) / length}%`;
    labels.push(label);
  }
  $("times").replaceChildren(...labels);
}

/* What is heard */

function choose(index) {
  if (!player.sounds[index] || index < 1) return;
  const other = index !== chosen;
  chosen = index;
  player.select(index); // before anything is drawn
  if (other) {
    plots.b.show(player.sounds[index], about[index].marked, top_, highest);
    $("name-b").textContent = about[index].name;
    $("hear-b-name").textContent = about.length > 2 ? `Result ${index}` : "Result";
    show(view.start, view.start === 0 ? longest() : view.end - view.start);
  }
  refresh();
}

/* What is pressed */

function sort(header) {
  const table = $("overview");
  const column = [...header.parentNode.children].indexOf(header);
  const down = header.getAttribute("aria-sort") === "ascending";
  for (const other of header.parentNode.children) other.setAttribute("aria-sort", "none");
  header.setAttribute("aria-sort", down ? "descending" : "ascending");
  const value = (row) => {
    const cell = row.children[column];
    if (header.dataset.kind === "text") return cell.querySelector("a").textContent;
    const number = parseFloat(cell.dataset.value ?? cell.textContent);
    return Number.isNaN(number) ? null : number;
  };
  const order = (a, b) => (typeof a === "string" ? a.localeCompare(b, undefined, { numeric: true }) : a - b);
  const rows = [...table.tBodies[0].rows].map((row) => [value(row), row]);
  rows.sort(([a], [b]) => (a === null) - (b === null) || (down ? order(b, a) : order(a, b)) || 0); // what has no value is last
  table.tBodies[0].replaceChildren(...rows.map(([, row]) => row));
}

function toggleTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  showTheme();
}

function showTheme() {
  const theme = document.documentElement.dataset.theme;
  const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  $("theme").setAttribute("aria-pressed", dark);
}

const KEYS = {
  " ": () => player.toggle(),
  a: () => player.select(0),
  b: () => player.select(chosen),
  l: () => player.setLoop(!player.loop),
  m: () => player.setMatched(!player.matched),
  arrowleft: (event) => player.seek(player.position - (event.shiftKey ? 0.1 : 1)),
  arrowright: (event) => player.seek(player.position + (event.shiftKey ? 0.1 : 1)),
  home: () => player.seek(0),
  "+": () => zoom(2),
  "=": () => zoom(2),
  "-": () => zoom(0.5),
  0: fit,
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !player.sound) return;
  const key = event.key.toLowerCase();
  // A button or a summary is pressed with Space, a table or a text that has the focus is scrolled with the arrows.
  if (key === " " && event.target.closest("button, summary, a")) return;
  if ((key.startsWith("arrow") || key === "home") && event.target.closest(".wide, pre")) return;
  const act = /^[1-9]$/.test(key) ? () => choose(Number(key)) : KEYS[key];
  if (!act) return;
  event.preventDefault();
  act(event);
}

function listen() {
  const timeAt = (plot, event) => {
    const box = plot.getBoundingClientRect();
    return view.start + ((event.clientX - box.left) / box.width) * (view.end - view.start);
  };
  for (const { plot } of Object.values(plots)) {
    plot.addEventListener("click", (event) => player.sound && player.seek(timeAt(plot, event)));
    plot.addEventListener("wheel", (event) => {
      const whole = view.end - view.start >= longest() - 1e-6;
      if (!player.sound || event.ctrlKey || (whole && event.deltaY >= 0)) return; // the page scrolls on
      event.preventDefault();
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) show(view.start + (event.deltaX / plot.clientWidth) * (view.end - view.start), view.end - view.start);
      else zoom(Math.exp(-event.deltaY / 300), timeAt(plot, event));
    }, { passive: false });
  }
  const onClick = (id, act) => $(id).addEventListener("click", act);
  onClick("play", () => player.toggle());
  onClick("hear-a", () => player.select(0));
  onClick("hear-b", () => player.select(chosen));
  onClick("loop", () => player.setLoop(!player.loop));
  onClick("matched", () => player.setMatched(!player.matched));
  onClick("zoom-in", () => zoom(2));
  onClick("zoom-out", () => zoom(0.5));
  onClick("zoom-fit", fit);
  onClick("theme", toggleTheme);
  $("seek").addEventListener("input", () => player.seek(Number($("seek").value)));
  for (const button of document.querySelectorAll(".hear")) {
    button.addEventListener("click", () => { choose(Number(button.dataset.result)); player.play(); });
  }
  for (const header of document.querySelectorAll("#overview thead th")) {
    header.querySelector("button").addEventListener("click", () => sort(header));
  }
  // After a click with the mouse the keys belong to the player again, and Space does not press the button once more.
  document.addEventListener("click", (event) => event.detail && event.target.closest("button")?.blur());
  document.addEventListener("keydown", onKey);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTheme);
  new ResizeObserver(() => player.sound && show(view.start, view.end - view.start)).observe($("plot-a"));
}

player.onchange = refresh;
showTheme();
listen();
load().catch((error) => {
  $("problem").textContent = `This browser cannot play the sound of this page: ${error.message}`;
  $("problem").hidden = false;
});
