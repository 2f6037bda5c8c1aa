// The planes: other ways to see the readings in view than over time. A series
// over another, and the spectrum of one. They come as a bundle of their own when
// one is chosen, and stand in the plot's place.
//
//	#view ──> Planes ──ask──> Plot (the readings in view, raw)
//	             │  <────────── Answer
//	             └──> Plane (XY, Tones): take, paint, words

import { queryOf } from "./look";
import { element, make, write } from "./page";
import type { Report } from "./plot/orders";
import { readTheme, type Theme } from "./plot/theme";
import type { Plane } from "./planes/plane";
import { Tones } from "./planes/tones";
import { XY } from "./planes/xy";
import { throttled } from "./throttle";
import type { Watch } from "./watch";

const REST = 8; // times as long as an update takes that the page rests from it at the least
const MOST_REST = 1_000; // ms

let planes: Planes | undefined;

/** Shows what the select says; it is called when a plane is chosen first. */
export function open(watch: Watch): void {
  planes ??= new Planes(watch);
  planes.choose();
}

class Planes {
  readonly #watch: Watch;
  readonly #view = element("view", HTMLSelectElement);
  readonly #section = make("section", "plane");
  readonly #fields = make("div", "plane-fields");
  readonly #words = make("p", "plane-words");
  readonly #canvas = make("canvas");
  readonly #note = make("p", "plane-note muted");
  readonly #context: CanvasRenderingContext2D;
  readonly #made = new Map<string, Plane>(); // by the select's value
  #plane: Plane | undefined; // that is shown
  #theme: Theme;
  #report: Report | undefined;
  #asked = ""; // what the plane shows, or will when the answer is here
  #asking = false;
  #rested = 0; // ms of performance.now, when the next may be asked for
  #pointer: number | undefined; // CSS px
  readonly #soon = throttled(() => this.#update());

  constructor(watch: Watch) {
    this.#watch = watch;
    const context = this.#canvas.getContext("2d", { alpha: false });
    if (context === null) throw new Error("this browser has no 2d canvas");
    this.#context = context;
    this.#canvas.setAttribute("role", "img");
    const head = make("div", "plane-head");
    head.append(this.#fields, this.#words);
    this.#section.append(head, this.#canvas, this.#note);
    element("stage", HTMLElement).append(this.#section);
    this.#theme = readTheme(this.#section);
    this.#listen();
  }

  #listen(): void {
    this.#view.addEventListener("change", () => this.choose());
    this.#watch.plot.listen((report) => {
      this.#report = report;
      if (this.#plane !== undefined) this.#soon();
    });
    document.addEventListener("visibilitychange", () => this.#soon());
    new ResizeObserver(() => this.#paint()).observe(this.#canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.#theme = readTheme(this.#section);
      this.#paint();
    });
    const point = (x: number | undefined): void => {
      this.#pointer = x;
      this.#paint();
    };
    this.#canvas.addEventListener("pointermove", ({ offsetX }) => point(offsetX));
    this.#canvas.addEventListener("pointerdown", ({ offsetX }) => point(offsetX));
    this.#canvas.addEventListener("pointerleave", () => point(undefined));
  }

  /** Shows the plane that the select says, or none. */
  choose(): void {
    const plane = this.#planeOf(this.#view.value);
    this.#section.hidden = plane === undefined;
    if (plane === this.#plane) return;
    this.#plane = plane;
    this.#asked = "";
    delete this.#view.dataset["link"];
    if (plane === undefined) return;
    this.#section.setAttribute("aria-label", plane.name);
    this.#fields.replaceChildren(...plane.fields);
    this.#report ??= this.#watch.plot.report;
    plane.wanted(this.#watch.series()); // so that there is something to choose from
    this.#paint();
    this.#soon();
  }

  #planeOf(value: string): Plane | undefined {
    const changed = (): void => {
      this.#asked = "";
      this.#soon();
    };
    const link = new URLSearchParams(location.search);
    const made = this.#made.get(value) ?? (value === "xy" ? new XY(link, changed) : value === "spectrum" ? new Tones(link, changed) : undefined);
    if (made !== undefined) this.#made.set(value, made);
    return made;
  }

  /** Asks for the readings in view, where they are others than those that are shown. */
  #update(): void {
    const [plane, report] = [this.#plane, this.#report];
    if (plane === undefined || report === undefined || document.hidden || this.#asking) return;
    const series = plane.wanted(this.#watch.series());
    const { start: from, end: to, live, figures } = report;
    const asked = JSON.stringify([series, from, to, live, series.map((index) => figures[index]?.count)]);
    if (asked === this.#asked) return;
    if (performance.now() < this.#rested && this.#asked !== "") {
      this.#soon();
      return;
    }
    this.#asked = asked;
    if (series.length === 0) {
      this.#show(plane);
      return;
    }
    this.#asking = true;
    void this.#watch.plot.ask({ about: "readings", from, to, series, most: plane.most }).then((answer) => {
      this.#asking = false;
      if (plane !== this.#plane || this.#asked !== asked || !("readings" in answer)) {
        this.#soon(); // something else was chosen meanwhile
        return;
      }
      const begun = performance.now();
      plane.take(answer.readings, live);
      this.#show(plane);
      const ended = performance.now();
      this.#rested = ended + Math.min(MOST_REST, REST * (ended - begun));
      this.#soon();
    });
  }

  #show(plane: Plane): void {
    this.#paint();
    this.#view.dataset["link"] = queryOf([["view", this.#view.value], ...plane.chosen]); // for what shares
    write(this.#words, plane.words);
    write(this.#note, plane.note);
    if (this.#canvas.getAttribute("aria-label") !== plane.label) this.#canvas.setAttribute("aria-label", plane.label);
  }

  #paint(): void {
    if (this.#plane !== undefined && this.#canvas.clientWidth > 0) this.#plane.paint(this.#context, this.#theme, this.#pointer);
  }
}
