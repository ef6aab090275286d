// Plays a figure of the book: an SVG, a table of what fills it at each position, and controls.
// It knows nothing of what the figure shows. `render` is called by anywidget in JupyterLab; a plain
// page may call it too. Of the model it uses get, set, on, off and send; `live: false` says that
// there is no kernel.

const STYLE = `
.jp-OutputArea:has(.annex-live) .jp-OutputArea-child:has(.annex-static) { display: none }
.annex-live:focus-within { will-change: transform } /* in use: a layer of its own, painted alone */
.annex-live { margin: 0; font: 14px/1.45 var(--jp-ui-font-family, system-ui, sans-serif);
  color: var(--jp-content-font-color1, CanvasText); accent-color: var(--jp-brand-color1, #1976d2) }
.annex-live .controls { display: flex; flex-wrap: wrap; gap: .2em 1.6em; margin: 0 0 .5em }
.annex-live .row { display: flex; align-items: center; gap: .6em; border: 0; margin: 0; padding: 0;
  min-height: 32px; max-width: 100% }
.annex-live .row legend { float: left; padding: 0 .6em 0 0; margin: 0; width: auto; font: inherit }
.annex-live input[type=range] { width: 15em; min-width: 6em; flex: 1 1 15em; height: 28px;
  margin: 0; touch-action: pan-y; cursor: pointer }
.annex-live output { font-variant-numeric: tabular-nums; white-space: nowrap }
.annex-live button { width: 32px; height: 28px; padding: 0; cursor: pointer; border-radius: 4px;
  border: 1px solid var(--jp-border-color1, #8886); background: var(--jp-layout-color1, Canvas);
  color: inherit }
.annex-live button svg { display: block; margin: auto; fill: currentColor }
.annex-live :is(input, button):focus-visible { outline: 3px solid var(--jp-brand-color1, #1976d2);
  outline-offset: -1px } /* JupyterLab cuts off what reaches out of the output */
.annex-live input[type=radio]:focus-visible { outline-offset: 2px }
.annex-live input[type=text] { font: inherit; padding: .2em .4em; color: inherit;
  border: 1px solid var(--jp-border-color1, #888); border-radius: 4px;
  background: var(--jp-layout-color1, Canvas) }
.annex-live input[type=text][aria-invalid=true] { border-color: #d32f2f; border-width: 2px }
.annex-live .wrong { min-height: 1.45em; flex-basis: 100%; margin: 0; font-weight: 600 }
.annex-live .paper { background: #fff; border-radius: 8px; padding: 8px; box-sizing: border-box;
  max-width: 100%; width: fit-content; overflow: auto hidden }
.annex-live .sheet { position: relative; width: fit-content }
.annex-live .sheet svg { display: block; max-width: 100%; height: auto; white-space: pre }
.annex-live .over { position: absolute; inset: 0; touch-action: manipulation }
.annex-live .over rect { fill: transparent; outline: none; cursor: pointer }
.annex-live .over rect:focus-visible { stroke: #1565c0; stroke-width: 3; fill: #1565c022 }
.annex-live figcaption { display: grid; margin: .4em 0 0; color: inherit; max-width: 60em;
  font: 14px/1.45 var(--jp-content-font-family, system-ui, sans-serif) }
.annex-live figcaption > * { grid-area: 1 / 1; margin: 0 }
.annex-live figcaption sub { line-height: 0 }
.annex-live .room { visibility: hidden }
@media print { .annex-live .controls { display: none } .annex-live { color: #000 } }
`;
const PLAY = "M3 1.5v11l9-5.5z", PAUSE = "M3 2h3v10H3zM8 2h3v10H8z";
const SVG = "http://www.w3.org/2000/svg";
const LEAST = 0.75; // of a picture's width: on a phone it scrolls, its numbers stay readable
const PACE = 800, PATIENCE = 3000; // milliseconds: between steps of play; until a kernel is missed
const NO_KERNEL = "needs a running kernel: run this cell to see it.";

/** Begin an id: each figure has a copy of this module, so counting them would not tell them apart. */
const fresh = () => `annex-${Math.random().toString(36).slice(2)}-`;

/** Return an element of HTML with attributes and children. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Return a caption as nodes, with indices as in o_12 lowered. */
const lowered = (words) =>
  words.split(/_(\w+)/).map((part, k) => (k % 2 ? make("sub", {}, part) : part));

/** Return bytes that zlib has packed. */
async function unpack(view) {
  const stream = new Blob([view]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Positions: what each axis allows, and the number of each position in the table. */
class Space {
  constructor(axes, tabled) {
    this.axes = axes;
    this.rows = new Map();
    if (tabled) this.count({}, 0);
  }

  /** Return the values that an axis may have, given those of the axes before it. */
  allowed(k, position) {
    const values = this.axes[k].values;
    if (Array.isArray(values)) return values;
    return values[this.axes.slice(0, k).map((a) => position[a.name]).join()];
  }

  key(position) {
    return this.axes.map((a) => position[a.name]).join();
  }

  count(position, k) {
    if (k === this.axes.length) return this.rows.set(this.key(position), this.rows.size);
    for (const v of this.allowed(k, position)) {
      this.count({ ...position, [this.axes[k].name]: v }, k + 1);
    }
  }

  /** Return the positions one step away, those along the axis of the last step first. */
  around(position, { name, step }) {
    const last = this.axes.findIndex((axis) => axis.name === name);
    const order = [last, ...this.axes.keys()].flatMap((k) => [[k, step], [k, -step]]);
    return order.flatMap(([k, way]) => {
      const values = this.allowed(k, position), axis = this.axes[k].name;
      const value = values[values.indexOf(position[axis]) + way];
      return value === undefined ? [] : [this.settle({ ...position, [axis]: value })];
    });
  }

  /** Return the nearest position that is allowed. */
  settle(position) {
    const out = {};
    this.axes.forEach((axis, k) => {
      const wish = position[axis.name] ?? axis.start;
      const nearer = (a, b) => (Math.abs(b - wish) < Math.abs(a - wish) ? b : a);
      out[axis.name] = this.allowed(k, out).reduce(nearer);
    });
    return out;
  }
}

/** The picture: fills its slots with words. */
class Picture {
  constructor(data, index, caption) {
    const mark = fresh();
    const own = data.svg.replace(/\b(id="|href="#)|(url\(#)/g, (m) => m + mark);
    this.sheet = make("div", { class: "sheet" });
    this.sheet.innerHTML = own;
    this.paper = make("div", { class: "paper" }, this.sheet);
    this.svg = this.sheet.firstElementChild;
    const [width, height] = data.size.map((points) => (points * 80) / 72);
    for (const [name, v] of Object.entries({ role: "img", width, height })) this.svg.setAttribute(name, v);
    this.svg.style.minWidth = `${LEAST * width}px`;
    const found = { "-1": caption, "-2": this.svg };
    for (const e of this.svg.querySelectorAll("[data-e]")) found[e.dataset.e] = e;
    this.found = found;
    this.slots = data.slots.map(([e, attribute]) => [found[e], attribute]);
    this.strings = data.strings;
    this.index = index;
    this.rows = index.length / this.slots.length;
    this.shown = new Array(this.slots.length);
  }

  /** Show a row of the table, by its number, or words that the kernel sent. */
  show(row) {
    const sent = Array.isArray(row);
    for (let k = 0; k < this.slots.length; k++) {
      const words = sent ? row[k] : this.strings[this.index[k * this.rows + row]];
      if (words === this.shown[k]) continue;
      this.shown[k] = words;
      const [element, attribute] = this.slots[k];
      if (attribute !== "text") element.setAttribute(attribute, words);
      else if (element === this.found[-1]) element.replaceChildren(...lowered(words));
      else if (element.firstChild) element.firstChild.data = words;
      else element.textContent = words;
    }
  }
}

/** Ask the kernel for positions that are not in the table, one at a time, the newest first; when
 * nothing is wanted, for those that `ahead` says may come next. */
class Kernel {
  constructor(send, show, miss, ahead) {
    Object.assign(this, { send, show, miss, ahead, known: new Map(), asked: null, wanted: null });
  }

  want(key, position) {
    const known = this.known.get(key);
    this.wanted = known === undefined ? { key, position } : null;
    if (!this.wanted) this.show(known);
    if (!this.asked) this.next();
  }

  next() {
    const next = this.wanted ?? this.ahead().find(({ key }) => !this.known.has(key));
    if (next) this.ask(next);
  }

  ask(what) {
    this.asked = what;
    this.timer = setTimeout(() => this.fail(), PATIENCE);
    try {
      this.send({ ask: this.asked.key, position: this.asked.position });
    } catch {
      this.fail();
    }
  }

  fail() {
    clearTimeout(this.timer);
    this.asked = null;
    if (this.wanted) this.miss();
  }

  /** Take an answer, even a late one. */
  answer({ answer, row }) {
    this.known.set(answer, row);
    const early = this.asked?.key === answer && this.asked.early;
    if (this.asked?.key === answer) {
      clearTimeout(this.timer);
      this.asked = null;
    }
    const wanted = this.wanted?.key === answer;
    if (this.wanted && (wanted || !early)) this.show(row);
    if (wanted) this.wanted = null;
    if (!this.asked) this.next();
  }
}

/** A slider. */
function slider(axis, change) {
  const input = make("input", { type: "range", step: 1, "aria-label": axis.label });
  input.setAttribute("data-lm-suppress-shortcuts", "true");
  const output = make("output");
  const wide = Math.max(...axis.words.map((w) => w.length), 0);
  const row = make("div", { class: "row" }, make("span", {}, axis.label), input, output);
  input.addEventListener("input", () => change(+input.value));
  return {
    row,
    show(value, allowed) {
      input.min = allowed[0];
      input.max = allowed.at(-1);
      input.value = value;
      const words = axis.words[value - axis.low] ?? `${value}`.replace("-", "−");
      input.disabled = allowed.length < 2;
      input.setAttribute("aria-valuetext", words);
      output.textContent = words;
      output.style.minWidth = `${wide || `${axis.high}`.length}ch`;
    },
  };
}

/** A few named options. */
function choice(axis, change) {
  const name = fresh() + axis.name;
  const inputs = axis.words.map((words, k) => {
    const input = make("input", { type: "radio", name, value: axis.low + k });
    input.setAttribute("data-lm-suppress-shortcuts", "true");
    input.addEventListener("change", () => change(axis.low + k));
    return input;
  });
  const labels = inputs.map((input, k) => make("label", {}, input, ` ${axis.words[k]}`));
  const row = make("fieldset", { class: "row" }, make("legend", {}, axis.label), ...labels);
  return {
    row,
    show(value, allowed) {
      inputs.forEach((input) => {
        input.checked = +input.value === value;
        input.disabled = !allowed.includes(+input.value);
      });
    },
  };
}

/** The cells of grids, under the pointer or the focus: one stop for Tab, then the arrow keys. */
function cells(axis, change, picture) {
  const over = document.createElementNS(SVG, "svg");
  over.setAttribute("class", "over");
  over.setAttribute("viewBox", picture.svg.getAttribute("viewBox"));
  over.setAttribute("role", "radiogroup");
  over.setAttribute("aria-label", axis.label);
  over.setAttribute("data-lm-suppress-shortcuts", "true");
  const boxes = axis.cells.map((e, k) => {
    const [x, y, right, bottom] = picture.found[e].getAttribute("d").match(/-?[\d.]+/g).map(Number);
    const rect = document.createElementNS(SVG, "rect");
    const place = { x, y, width: right - x, height: bottom - y, role: "radio" };
    for (const [name, v] of Object.entries(place)) rect.setAttribute(name, v);
    rect.setAttribute("aria-label", axis.words[k] ?? `${k}`);
    over.append(rect);
    return { rect, x: (x + right) / 2, y: (y + bottom) / 2 };
  });
  let now = 0, open = [];
  const at = (event) => boxes.findIndex((b) => b.rect === event.target);
  for (const kind of ["pointermove", "pointerdown"]) {
    over.addEventListener(kind, (e) => at(e) >= 0 && at(e) !== now && change(at(e)));
  }
  over.addEventListener("keydown", (event) => {
    const to = towards(event, boxes, now, open);
    if (to === null) return;
    event.preventDefault();
    event.stopPropagation();
    change(to);
    boxes[to].rect.focus();
  });
  return {
    over,
    show(value, allowed) {
      open = allowed;
      now = value;
      boxes.forEach(({ rect }, k) => {
        rect.setAttribute("tabindex", k === value ? 0 : -1);
        rect.setAttribute("aria-checked", k === value);
        rect.style.display = allowed.includes(k) ? "" : "none";
      });
    },
  };
}

/** Return the cell that a key leads to, or null: the nearest one in its direction. */
function towards(event, boxes, now, open) {
  const here = boxes[now];
  const inRow = open.filter((k) => Math.abs(boxes[k].y - here.y) < 1);
  if (event.key === "Home") return (event.ctrlKey ? open : inRow)[0];
  if (event.key === "End") return (event.ctrlKey ? open : inRow).at(-1);
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  if (!(event.key in ways)) return null;
  const [dx, dy] = ways[event.key];
  let best = now, least = Infinity;
  for (const k of open) {
    const along = (boxes[k].x - here.x) * dx + (boxes[k].y - here.y) * dy;
    const aside = Math.abs((boxes[k].x - here.x) * dy) + Math.abs((boxes[k].y - here.y) * dx);
    if (along > 1 && along + 4 * aside < least) [best, least] = [k, along + 4 * aside];
  }
  return best;
}

/** A button that steps an axis onward by itself; one step at a time where motion is unwanted. */
function player(axis, step) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const button = make("button", { type: "button" });
  const draw = (path) => (button.innerHTML =
    `<svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><path d="${path}"/></svg>`);
  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    draw(PLAY);
    button.setAttribute("aria-label", `${calm.matches ? "Step" : "Play"}: ${axis.label}`);
  };
  button.addEventListener("click", () => {
    if (timer) return stop();
    step(true);
    if (calm.matches) return;
    timer = setInterval(() => step(false) || stop(), PACE);
    draw(PAUSE);
    button.setAttribute("aria-label", `Pause: ${axis.label}`);
  });
  calm.onchange = stop;
  stop();
  return { button, stop };
}

/** Fields in which a reader types; the kernel says what is wrong with it, or sends a new figure. */
function typing(model, fields) {
  const wrong = make("p", { class: "wrong", role: "status", id: `${fresh()}wrong` });
  const inputs = fields.map(({ name, text }) => {
    const size = Math.max(13, text.length);
    const input = make("input", { type: "text", value: text, spellcheck: "false", size });
    input.setAttribute("aria-describedby", wrong.id);
    input.setAttribute("data-lm-suppress-shortcuts", "true");
    input.addEventListener("change", () => commit(name));
    input.addEventListener("keydown", (event) => event.key === "Enter" && commit(name));
    return input;
  });
  const labels = inputs.map((input, k) => make("label", { class: "row" }, fields[k].label, input));
  const all = make("div", { class: "controls" }, ...labels, wrong);
  const typed = () => Object.fromEntries(inputs.map((input, k) => [fields[k].name, input.value]));
  let timer = 0, sent = JSON.stringify(typed());
  function commit(last) {
    const now = JSON.stringify(typed());
    if (now === sent) return;
    sent = now;
    clearTimeout(timer);
    timer = setTimeout(disable, PATIENCE);
    try {
      model.send({ typed: typed(), last });
    } catch {
      disable();
    }
  }
  function disable() {
    clearTimeout(timer);
    for (const input of inputs) input.disabled = true;
    wrong.textContent = "Typing own numbers needs a running kernel: run this cell.";
  }
  if (model.live === false) disable();
  return {
    all,
    hear(messages) {
      clearTimeout(timer);
      const told = fields.filter(({ name }) => name in messages);
      wrong.textContent = told.map(({ name, label }) => `${label}: ${messages[name]}`).join(" ");
      inputs.forEach((input, k) => {
        input.disabled = false;
        input.setAttribute("aria-invalid", fields[k].name in messages);
      });
    },
  };
}

/** Build controls, picture and caption from what the kernel or the notebook holds. */
async function stage(model, shell) {
  const [text, bytes] = await Promise.all([unpack(model.get("figure")), unpack(model.get("table"))]);
  const data = JSON.parse(new TextDecoder().decode(text));
  const space = new Space(data.axes, data.tabled);
  const now = make("p", { "aria-live": "polite" });
  const room = data.longest.map((words) =>
    make("p", { class: "room", "aria-hidden": "true" }, ...lowered(words)));
  const picture = new Picture(data, new Uint16Array(bytes.buffer), now);
  const kernel = new Kernel((m) => model.send(m), (row) => picture.show(row), () => {
    picture.shown[data.slots.findIndex(([e]) => e === -1)] = null;
    now.textContent = `This position ${NO_KERNEL}`;
  }, () => moved
    ? space.around(position, moved).map((p) => ({ key: space.key(p), position: p, early: true }))
    : []);
  if (!data.tabled) kernel.known.set(space.key(data.start), 0);
  let position = space.settle(model.get("position") ?? {}), plays = [], moved = null;

  const show = () => {
    data.axes.forEach((a, k) => controls[k].show(position[a.name], space.allowed(k, position)));
    const key = space.key(position);
    if (data.tabled) picture.show(space.rows.get(key));
    else kernel.want(key, position);
  };
  const move = (name, value) => {
    moved = { name, step: Math.sign(value - position[name]) || 1 };
    position = space.settle({ ...position, [name]: value });
    show();
    model.set("position", position);
  };
  const step = (k, again) => {
    const { name } = data.axes[k], values = space.allowed(k, position);
    const next = values[values.indexOf(position[name]) + 1] ?? (again ? values[0] : null);
    if (next !== null) move(name, next);
    return next !== null;
  };
  const makers = { slider, choice, cell: cells };
  const controls = data.axes.map((axis) => makers[axis.kind](axis, (value) => {
    plays.forEach((p) => p.stop());
    move(axis.name, value);
  }, picture));
  const all = make("div", { class: "controls" });
  data.axes.forEach((axis, k) => {
    const row = controls[k].row ?? make("div", { class: "row" });
    if (axis.play) {
      plays.push(player(axis, (again) => step(k, again)));
      row.append(...(controls[k].row ? [] : [axis.label]), plays.at(-1).button);
    }
    if (row.childNodes.length) all.append(row);
    if (controls[k].over) picture.sheet.append(controls[k].over);
  });
  show();
  shell.replaceChildren(all, picture.paper, make("figcaption", {}, now, ...room));
  model.set("position", position);
  const follow = () => {
    const other = space.settle(model.get("position"));
    if (space.key(other) === space.key(position)) return;
    position = other;
    show();
  };
  const hear = (message) => message.answer && kernel.answer(message);
  model.on("change:position", follow);
  model.on("msg:custom", hear);
  return () => {
    plays.forEach((p) => p.stop());
    model.off("change:position", follow);
    model.off("msg:custom", hear);
  };
}

async function render({ model, el }) {
  const shell = make("div");
  const fields = model.get("fields") ?? [];
  const typed = fields.length ? typing(model, fields) : null;
  const figure = make("figure", { class: "annex-live", "data-lm-suppress-shortcuts": "true" });
  figure.append(...(typed ? [typed.all] : []), shell);
  let end = await stage(model, shell);
  let last = Promise.resolve(); // one figure after the other, so that the newest stays
  const again = () => (last = last.then(async () => {
    end();
    end = await stage(model, shell);
  }));
  const hear = (message) => typed && message.wrong && typed.hear(message.wrong);
  model.on("change:figure", again);
  model.on("msg:custom", hear);
  el.replaceChildren(make("style", {}, STYLE), figure);
  return () => {
    end();
    model.off("change:figure", again);
    model.off("msg:custom", hear);
  };
}

export default { render };
