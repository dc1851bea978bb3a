// Draws the scenes of scene.py and sends the controls' values to Python. Nothing here knows what a figure is about.

const SVG = "http://www.w3.org/2000/svg";
const DASHES = { "-": "", "--": "8 5", ":": "2 4", "-.": "9 4 2 4" };
const PATIENCE = 3000; // milliseconds until the reader is told that no answer comes

// Every figure loads this file anew, so a counter would give two figures on one page the same names.
const unique = () => `groundup-${Math.random().toString(36).slice(2)}`;

function make(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  return dress(node, attributes, children);
}

function draw(name, attributes = {}, ...children) {
  return dress(document.createElementNS(SVG, name), attributes, children);
}

function dress(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// ---- One panel: a frame, which rarely changes, and a group of elements for each mark. -------------------------------

class Panel {
  constructor(parent) {
    this.clip = unique();
    this.canvases = make("div");
    this.frame = draw("g");
    this.marks = draw("g");
    this.legend = draw("g");
    this.svg = draw("svg", { "aria-hidden": "true" }, this.frame, this.marks, this.legend);
    this.node = make("div", { class: "groundup-panel" }, this.canvases, this.svg);
    parent.append(this.node);
    this.shown = {}; // key of a mark -> what was drawn for it
  }

  show(frame, marks) {
    const reframed = JSON.stringify(frame) !== this.framed;
    if (reframed) this.drawFrame(frame);
    for (const key of Object.keys(this.shown).filter((one) => !(one in marks))) this.forget(key);
    for (const [key, mark] of Object.entries(marks)) {
      const as = JSON.stringify(mark);
      if (!this.shown[key]) {
        this.shown[key] = { group: draw("g"), canvas: null };
        this.marks.append(this.shown[key].group);
      }
      // Two hundred points that stay where they are are not touched.
      if (reframed || this.shown[key].as !== as) this.drawMark(this.shown[key], mark);
      this.shown[key].as = as;
    }
    this.spread();
    if (reframed) this.drawLegend(Object.values(marks).filter((mark) => mark.kind === "points" && mark.label));
  }

  forget(key) {
    this.shown[key].group.remove();
    this.shown[key].canvas?.remove();
    delete this.shown[key];
  }

  drawFrame(f) {
    this.framed = JSON.stringify(f);
    const bare = !f.axes;
    const [width, height] = f.size;
    const left = bare ? 6 : f.ylabel ? 68 : 44;
    this.box = { left, top: f.title ? 30 : 12, width, height };
    const full = [left + width + f.room, this.box.top + height + (bare ? 6 : f.xlabel ? 52 : 28)];
    const [ylow, yhigh] = f.log ? f.y.map(Math.log10) : f.y;
    this.x = (v) => left + (width * (v - f.x[0])) / (f.x[1] - f.x[0]);
    this.y = (v) => this.box.top + height * (1 - ((f.log ? Math.log10(v) : v) - ylow) / (yhigh - ylow));
    this.limits = [...f.x, ...f.y];
    this.full = full;
    this.node.style.width = `${full[0]}px`;
    this.node.style.aspectRatio = `${full[0]} / ${full[1]}`;
    this.svg.setAttribute("viewBox", `0 0 ${full[0]} ${full[1]}`);
    const { top } = this.box;
    const clip = draw("clipPath", { id: this.clip }, draw("rect", { x: left, y: top, width, height }));
    const drawn = [clip];
    if (f.title) drawn.push(write(left, 18, f.title, { style: "font-size: 15px" }));
    if (!bare) drawn.push(...this.axes(f, left, top, width, height, full));
    this.frame.replaceChildren(...drawn);
  }

  axes(f, left, top, width, height, full) {
    const bottom = top + height;
    const grey = { stroke: "#555555", fill: "none" };
    const drawn = [draw("path", { d: `M${left},${top}V${bottom}H${left + width}`, ...grey })];
    for (const [at, words] of f.xticks) {
      drawn.push(draw("path", { d: `M${this.x(at)},${bottom}v4`, ...grey }));
      drawn.push(write(this.x(at), bottom + 18, words, { class: "tick", "text-anchor": "middle" }));
    }
    for (const [at, words] of f.yticks) {
      drawn.push(draw("path", { d: `M${left},${this.y(at)}h-4`, ...grey }));
      drawn.push(write(left - 8, this.y(at) + 4.5, words, { class: "tick", "text-anchor": "end" }));
    }
    drawn.push(write(left + width / 2, full[1] - 12, f.xlabel, { "text-anchor": "middle" }));
    const middle = `translate(16 ${top + height / 2}) rotate(-90)`;
    drawn.push(write(0, 0, f.ylabel, { "text-anchor": "middle", transform: middle }));
    this.corner = f.legend;
    return drawn;
  }

  drawLegend(groups) {
    const wide = Math.max(0, ...groups.map((group) => group.label.length)) * 8.2 + 34;
    const tall = groups.length * 21 + 8;
    const { left, top, width, height } = this.box;
    const x = left + (this.corner?.includes("left") ? 8 : width - wide - 8);
    const y = top + (this.corner?.includes("upper") ? 4 : height - tall - 8);
    const drawn = groups.flatMap((group, k) => [
      draw("path", { d: marker(group.shape, x + 14, y + 15 + 21 * k, 8), fill: group.color }),
      write(x + 27, y + 20 + 21 * k, group.label),
    ]);
    const card = { x, y, width: wide, height: tall, rx: 3, fill: "#fbfbf9", stroke: "#bbbbb5" };
    this.legend.replaceChildren(...(drawn.length ? [draw("rect", card), ...drawn] : []));
  }

  drawMark(shown, mark) {
    if (mark.kind === "heat" || mark.kind === "image") {
      if (!shown.canvas) this.canvases.append((shown.canvas = make("canvas", { class: mark.kind })));
      this.paint(shown.canvas, mark);
    } else {
      shown.canvas?.remove();
      shown.canvas = null;
      shown.group.replaceChildren(...this[mark.kind](mark));
    }
  }

  clipped(attributes) {
    return draw("path", { "clip-path": `url(#${this.clip})`, ...attributes });
  }

  // Where a number is missing (Python's NaN and infinity), or is not on a logarithmic axis, there is no place: null.
  place(x, y) {
    if (x === null || y === null) return null;
    const at = [this.x(x), this.y(y)];
    // Far outside is as good as outside, and browsers lose lines whose ends are astronomically far away.
    return at.every(Number.isFinite) ? at.map((v) => Math.min(Math.max(v, -1e5), 1e5)) : null;
  }

  places(mark) {
    return mark.x.map((x, i) => this.place(x, mark.y[i]));
  }

  points(mark) {
    const d = this.places(mark).filter(Boolean).map(([x, y]) => marker(mark.shape, x, y, mark.size)).join("");
    const pen = { fill: mark.color, stroke: "white", "stroke-width": 0.6 };
    if (mark.shape === "cross") Object.assign(pen, { stroke: mark.color, "stroke-width": mark.size / 4 });
    return [this.clipped({ d, ...pen })];
  }

  line(mark) {
    const at = this.places(mark);
    const d = at.map((p, i) => (p ? `${at[i - 1] ? "L" : "M"}${p[0].toFixed(1)},${p[1].toFixed(1)}` : "")).join("");
    const pen = { fill: "none", stroke: mark.color, "stroke-width": mark.width, "stroke-linejoin": "round" };
    const drawn = [this.clipped({ d, "stroke-dasharray": DASHES[mark.dash], ...pen })];
    if (mark.dots) {
      const dots = at.filter(Boolean).map(([x, y]) => marker("circle", x, y, mark.width + 3)).join("");
      drawn.push(this.clipped({ d: dots, fill: mark.color }));
    }
    const end = at.filter(Boolean).at(-1);
    if (mark.label && end) {
      // The label of what has left the picture stands at its edge.
      const y = Math.min(Math.max(end[1], this.box.top), this.box.top + this.box.height) + 5;
      drawn.push(write(end[0] + 7, y, mark.label, { ...halo(mark.color), "data-y": y }));
    }
    return drawn;
  }

  // Two lines that end near each other must not have their labels on top of each other.
  spread() {
    const labels = [...this.marks.querySelectorAll("[data-y]")].map((node) => ({ node, y: Number(node.dataset.y) }));
    labels.sort((a, b) => a.y - b.y);
    labels.forEach((label, i) => {
      if (i && label.y < labels[i - 1].y + 17) label.y = labels[i - 1].y + 17;
      label.node.setAttribute("y", label.y);
    });
  }

  arrow(mark) {
    const [a, b] = [this.place(...mark.start), this.place(...mark.end)];
    if (!a || !b) return [];
    const length = Math.hypot(b[0] - a[0], b[1] - a[1]);
    if (length < 1) return [];
    const [dx, dy] = [(b[0] - a[0]) / length, (b[1] - a[1]) / length];
    const head = Math.min(12, length);
    const neck = [b[0] - head * dx, b[1] - head * dy];
    const wing = (s) => `${neck[0] - s * 0.45 * head * dy},${neck[1] + s * 0.45 * head * dx}`;
    const drawn = [
      this.clipped({ d: `M${a}L${neck}`, stroke: mark.color, "stroke-width": mark.width, fill: "none" }),
      this.clipped({ d: `M${b}L${wing(1)}L${wing(-1)}Z`, fill: mark.color }),
    ];
    const tip = write(b[0] + 12 * dx, b[1] + 12 * dy + 5, mark.label, { "text-anchor": "middle", ...halo(mark.color) });
    return mark.label ? [...drawn, tip] : drawn;
  }

  text(mark) {
    const at = this.place(mark.x, mark.y);
    const look = halo(mark.color, mark.size);
    return at ? [write(at[0], at[1] + 5, mark.text, { "text-anchor": mark.align, ...look })] : [];
  }

  bars(mark) {
    const zero = this.place(mark.x[0] ?? 0, 0)?.[1] ?? this.box.top + this.box.height;
    const wide = mark.width * Math.abs(this.x(1) - this.x(0));
    const bar = ([x, y]) => `M${x - wide / 2},${zero}V${y}h${wide}V${zero}Z`;
    return [this.clipped({ d: this.places(mark).filter(Boolean).map(bar).join(""), fill: mark.color })];
  }

  // On a canvas of one pixel a value, which the browser stretches: smoothly for heat, in squares for an image.
  paint(canvas, mark) {
    Object.assign(canvas, { width: mark.columns, height: mark.rows });
    const levels = atob(mark.bytes);
    const picture = new ImageData(mark.columns, mark.rows);
    const colors = palette(mark.stops);
    for (let i = 0; i < levels.length; i += 1) picture.data.set(colors[levels.charCodeAt(i)], 4 * i);
    canvas.getContext("2d").putImageData(picture, 0, 0);
    const [left, right, bottom, top] = mark.extent ?? this.limits;
    const [x, y] = [this.x(left), this.y(top)];
    const share = (value, of) => `${(100 * value) / of}%`;
    const [wide, tall] = this.full;
    Object.assign(canvas.style, { left: share(x, wide), top: share(y, tall) });
    Object.assign(canvas.style, { width: share(this.x(right) - x, wide), height: share(this.y(bottom) - y, tall) });
  }
}

function write(x, y, words, attributes = {}) {
  return draw("text", { x, y, ...attributes }, words);
}

function halo(color, size = 14) {
  return { class: "halo", style: `fill: ${color}; font-size: ${size}px` };
}

function marker(shape, x, y, size) {
  const r = size / 2;
  if (shape === "square") return `M${x - r},${y - r}h${size}v${size}h${-size}Z`;
  if (shape === "triangle") return `M${x},${y - r}l${r},${size}h${-size}Z`;
  if (shape === "cross") return `M${x - r},${y - r}l${size},${size}m0,${-size}l${-size},${size}`;
  return `M${x - r},${y}a${r},${r} 0 1 0 ${size},0a${r},${r} 0 1 0 ${-size},0Z`;
}

const palettes = {};

// 256 colours: the first transparent, for what is no number; the others between the stops.
function palette(stops) {
  return (palettes[stops] ??= [[0, 0, 0, 0], ...Array.from({ length: 255 }, (_, k) => between(stops, k / 254))]);
}

function between(stops, t) {
  const place = t * (stops.length - 1);
  const i = Math.min(Math.floor(place), stops.length - 2);
  const channel = (hex, c) => parseInt(hex.slice(1 + 2 * c, 3 + 2 * c), 16);
  const mix = (c) => channel(stops[i], c) + (place - i) * (channel(stops[i + 1], c) - channel(stops[i], c));
  return [mix(0), mix(1), mix(2), 255];
}

// ---- The controls: the browser's own, which every keyboard and screen reader knows. ----------------------------------

function slider(control, changed) {
  const [to, from] = control.log ? [Math.log10, (v) => 10 ** v] : [(v) => v, (v) => v];
  const places = Math.max(0, ...[control.step, control.low].map((v) => (String(v).split(".")[1] ?? "").length));
  const words = (v) => (control.log ? String(Number(v.toPrecision(3))) : v.toFixed(places)).replace("-", "−");
  const ends = { min: to(control.low), max: to(control.high), step: control.step };
  const input = make("input", { type: "range", ...ends, style: `--color: ${control.color}` });
  const output = make("output", { "aria-hidden": "true" });
  const value = () => from(Number(input.value));
  const tell = () => {
    output.textContent = words(value());
    input.setAttribute("aria-valuetext", output.textContent);
  };
  input.addEventListener("input", () => (tell(), changed(value())));
  return { input, output, set: (v) => ((input.value = to(v)), tell()) };
}

function choice(control, changed) {
  const input = make("select", {}, ...control.options.map((words) => make("option", {}, words)));
  input.addEventListener("change", () => changed(input.value));
  return { input, set: (v) => (input.value = v) };
}

function toggle(control, changed) {
  const input = make("input", { type: "checkbox" });
  input.addEventListener("change", () => changed(input.checked));
  return { input, set: (v) => (input.checked = v) };
}

function textbox(control, changed) {
  // No help from the browser: it would correct what is meant as it stands, and cover the figure with suggestions.
  const alone = { spellcheck: "false", autocomplete: "off", autocapitalize: "off", autocorrect: "off" };
  const input = make("input", { type: "text", maxlength: control.length, ...alone });
  input.addEventListener("input", () => changed(input.value));
  // Written anew, the same text would lose the place of the cursor in it.
  return { input, set: (v) => input.value === v || (input.value = v) };
}

function button(control, changed) {
  const input = make("button", { type: "button" }, control.label);
  let count = 0;
  input.addEventListener("click", () => changed((count += 1)));
  return { input, set: (v) => (count = v) };
}

// A canvas to draw on. Its value is a list of strokes, each a flat list x, y, x, y, … from 0 to 1, y downwards.
function pad(control, changed) {
  const canvas = make("canvas", { width: 560, height: 560, role: "img", "aria-label": control.label });
  const pen = canvas.getContext("2d");
  let strokes = [];
  let current = null; // the stroke that the hand is drawing
  let told = null; // the frame in which Python will be told
  const paint = () => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    Object.assign(pen, { lineWidth: canvas.width / 14, lineCap: "round", lineJoin: "round", strokeStyle: "#222222" });
    for (const stroke of strokes) {
      pen.beginPath();
      for (let i = 0; i < stroke.length; i += 2) pen.lineTo(stroke[i] * canvas.width, stroke[i + 1] * canvas.height);
      // A lone point is a line to itself, which a round pen draws as a dot.
      pen.lineTo(stroke.at(-2) * canvas.width, stroke.at(-1) * canvas.height);
      pen.stroke();
    }
  };
  const tell = () => {
    told = null;
    changed(strokes.map((stroke) => [...stroke]));
  };
  const put = (all) => {
    strokes = all.map((stroke) => [...stroke]);
    paint();
  };
  const extend = (event) => {
    const box = canvas.getBoundingClientRect();
    const share = (at, from, long) => Number(Math.min(Math.max((at - from) / long, 0), 1).toFixed(4));
    const point = [share(event.clientX, box.left, box.width), share(event.clientY, box.top, box.height)];
    // A point where the pen stands already says nothing.
    if (point[0] !== current.at(-2) || point[1] !== current.at(-1)) current.push(...point);
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || current) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    choose.value = "";
    strokes.push((current = []));
    extend(event);
    paint();
    tell();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!current) return;
    for (const one of event.getCoalescedEvents?.() ?? [event]) extend(one);
    paint();
    told ??= requestAnimationFrame(tell);
  });
  const lift = () => {
    if (!current) return;
    current = null;
    cancelAnimationFrame(told);
    tell();
  };
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, lift);

  const names = Object.keys(control.examples);
  const choose = make("select", { id: unique() }, make("option", { value: "" }, "–"));
  choose.append(...names.map((name) => make("option", { value: name }, name)));
  choose.addEventListener("change", () => (put(control.examples[choose.value] ?? []), tell()));
  const clear = make("button", { type: "button" }, "Clear");
  clear.addEventListener("click", () => ((choose.value = ""), put([]), tell()));
  const ready = names.length ? [make("label", { for: choose.id }, "ready-made"), choose] : [];
  for (const one of [choose, clear]) one.setAttribute("data-lm-suppress-shortcuts", "true");
  const input = make("div", { class: "groundup-pad" }, canvas, make("div", {}, ...ready, clear));
  const set = (all) => {
    if (!current && JSON.stringify(all) !== JSON.stringify(strokes)) put(all);
  };
  return { input, set };
}

const KINDS = { slider, choice, switch: toggle, textbox, button, pad };

function addControls(model, parent, stage, ask) {
  const buttons = make("div", { class: "wide" });
  const setters = {};
  for (const control of model.get("controls")) {
    const changed = (value) => ask({ ...model.get("values"), [control.name]: value });
    const { input, output, set } = KINDS[control.kind](control, changed);
    setters[control.name] = set;
    if (control.kind === "button") buttons.append(input);
    else if (control.kind === "pad") stage.prepend(input); // beside what it changes, not below
    else {
      // The label's name reaches the control through its id, which has to be the page's own.
      input.id = unique();
      parent.append(make("label", { for: input.id }, control.label), input, output ?? make("span"));
    }
  }
  if (model.get("restart")) {
    const again = make("button", { type: "button" }, "Start again");
    again.addEventListener("click", () => model.send("start again"));
    buttons.append(again);
  }
  // Without this, JupyterLab takes the arrow keys for itself and moves on to the next cell; it has to stand on each
  // control, because the selectors of JupyterLab's shortcuts match what has the focus before they look further up.
  for (const one of [...parent.children, ...buttons.children]) one.setAttribute("data-lm-suppress-shortcuts", "true");
  if (buttons.childElementCount) parent.append(buttons);
  const set = () => Object.entries(model.get("values")).forEach(([name, value]) => setters[name](value));
  set();
  return set;
}

// ---- The widget -----------------------------------------------------------------------------------------------------

function render({ model, el }) {
  const panels = make("div", { class: "groundup-panels", role: "img" });
  const status = make("p", { class: "groundup-status", "aria-live": "polite" });
  const controls = make("div", { class: "groundup-controls" });
  const problem = make("p", { class: "groundup-problem", role: "alert" });
  const card = make("div", { class: "groundup-figure" });
  const stage = make("div", { class: "groundup-stage" }, panels);
  card.append(stage, status, controls, problem);
  el.append(card);

  const drawn = [];
  const show = () => {
    const parts = { ...model.get("base"), ...model.get("changes") };
    const many = Object.keys(parts).filter((key) => /^\d+$/.test(key)).length;
    while (drawn.length > many) drawn.pop().node.remove();
    while (drawn.length < many) drawn.push(new Panel(panels));
    drawn.forEach((panel, i) => {
      const marks = Object.entries(parts).filter(([key]) => key.startsWith(`${i}.`));
      panel.show(parts[i], Object.fromEntries(marks));
    });
    // Until the kernel's first answer has arrived whole there is nothing to draw; on a busy machine it comes in two.
    if (!parts[""]) return;
    if (panels.getAttribute("aria-label") !== parts[""].words) panels.setAttribute("aria-label", parts[""].words);
    if (status.textContent !== parts[""].status) status.textContent = parts[""].status;
  };

  let waiting = null;
  const complain = () => (problem.textContent = model.get("problem"));
  const silent = () => {
    problem.textContent =
      "No answer from Python yet. Either the kernel is busy with another cell, or it was restarted: then run this cell again.";
  };
  const ask = (values) => {
    model.set("values", values);
    model.set("asked", model.get("asked") + 1);
    model.save_changes();
    waiting ??= setTimeout(silent, PATIENCE);
  };
  const answered = () => {
    if (model.get("answered") !== model.get("asked")) return;
    clearTimeout(waiting);
    waiting = null;
    complain();
  };
  const set = addControls(model, controls, stage, ask);
  const heard = { "change:base": show, "change:changes": show, "change:problem": complain };
  Object.assign(heard, { "change:values": set, "change:answered": answered });
  Object.entries(heard).forEach(([name, act]) => model.on(name, act));
  show();
  complain();
  return () => {
    clearTimeout(waiting);
    Object.entries(heard).forEach(([name, act]) => model.off(name, act));
  };
}

export default { render };
