// The page's end of the plot: it hands readings and orders to the worker, and
// what the worker says to whoever listens.

import type { Column, Series } from "../frame";
import { type Answer, type Look, type Order, PLAIN, type Question, type Report, type Word } from "./orders";
import { type Delivery, pack } from "./parcel";
import { readTheme } from "./theme";
import { paintsInWorkers, plotter, PLOTTER } from "./worker";

const GATHER = 8; // ms in which frames join those that wait
const MOST_WAITING = 64; // frames
const READY_WITHIN = 500; // ms

interface End {
  send(order: Order, transfer: Transferable[]): void;
}

export class Plot {
  readonly #canvas: HTMLCanvasElement;
  readonly #stage: HTMLElement;
  readonly #end: Promise<End> | End;
  #ready: End | undefined;
  #early: Order[] = []; // until a core on the page is loaded
  readonly #heard: ((report: Report) => void)[] = [];
  readonly #asked = new Map<number, (answer: Answer) => void>();
  #questions = 0;
  #waiting: Delivery[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #close = false; // whether frames come closer than that, so that each waits for the next
  #height = 0;
  #look = PLAIN;
  #isReady = (): void => {};
  /** Until readings can be painted while the page is busy, or it takes too long. */
  readonly ready = new Promise<void>((resolve) => {
    this.#isReady = resolve;
    setTimeout(resolve, READY_WITHIN);
  });
  /** What the plot has said last. */
  report: Report | undefined;

  /** Paints on the canvas, which fills `stage`; the stage is made higher when the lanes need it. */
  constructor(canvas: HTMLCanvasElement, stage: HTMLElement) {
    [this.#canvas, this.#stage] = [canvas, stage];
    this.#end = begin(canvas, (word) => this.#hear(word));
    if (this.#end instanceof Promise) void this.#end.then((end) => this.#begun(end));
    else this.#ready = this.#end;
    this.#dress();
    this.#measure();
    new ResizeObserver(() => this.#measure()).observe(stage);
    addEventListener("scroll", () => this.#measure(), { passive: true });
    addEventListener("resize", () => this.#measure());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#dress());
    const calm = matchMedia("(prefers-reduced-motion: reduce)");
    calm.addEventListener("change", () => this.order({ type: "calm", calm: calm.matches }));
    this.order({ type: "calm", calm: calm.matches });
    const hidden = (): void => {
      this.#flush();
      this.order({ type: "hidden", hidden: document.hidden });
    };
    document.addEventListener("visibilitychange", hidden);
    hidden();
  }

  #begun(end: End): void {
    this.#ready = end;
    for (const order of this.#early.splice(0)) end.send(order, []);
  }

  /** How the plot looks now. */
  get look(): Look {
    return this.#look;
  }

  change(part: Partial<Look>): void {
    this.#look = { ...this.#look, ...part };
    this.order({ type: "look", look: this.#look });
    this.#changed();
  }

  #changed(): void {
    document.dispatchEvent(new CustomEvent("plotbeam:look", { detail: this.#look }));
  }

  /** Calls `heard` with each report. */
  listen(heard: (report: Report) => void): void {
    this.#heard.push(heard);
  }

  /** Takes the series. Those that are the same as before keep their readings. */
  declare(series: Series[]): void {
    this.#flush();
    this.order({ type: "schema", series });
  }

  /** Takes a frame's readings, whose arrays are gone afterwards. The frames of one message go to the worker together, and with them those that come right behind. */
  take(columns: Column[], seq: number, late: boolean): void {
    this.#waiting.push({ columns, seq, late });
    if (this.#waiting.length >= MOST_WAITING) this.#flush();
    if (this.#timer !== undefined) return;
    if (!this.#close) queueMicrotask(() => this.#flush());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#close = this.#waiting.length > (this.#close ? 1 : 0);
      this.#flush();
    }, GATHER);
  }

  #flush(): void {
    if (this.#waiting.length === 0) return;
    const parcel = pack(this.#waiting);
    this.#waiting = [];
    this.order({ type: "take", parcel }, parcel.buffers);
  }

  order(order: Order, transfer: Transferable[] = []): void {
    if (order.type === "skip") this.#flush();
    if (this.#ready === undefined) this.#early.push(order);
    else this.#ready.send(order, transfer);
  }

  async ask(question: Question): Promise<Answer> {
    this.#flush();
    const id = ++this.#questions;
    return new Promise((answered) => {
      this.#asked.set(id, answered);
      this.order({ type: "ask", id, question });
    });
  }

  #hear(word: Word): void {
    if (word.type === "answer") {
      this.#asked.get(word.id)?.(word.answer);
      this.#asked.delete(word.id);
    } else if (word.type === "ready") {
      this.#isReady();
    } else if (word.type === "look") {
      this.#look = word.look;
      this.#changed();
    } else {
      this.report = word.report;
      if (word.report.height !== this.#height) {
        this.#height = word.report.height;
        this.#stage.style.setProperty("--lanes", `${this.#height}px`);
      }
      for (const heard of this.#heard) heard(word.report);
    }
  }

  #dress(): void {
    this.order({ type: "theme", theme: readTheme(this.#canvas) });
  }

  #measure(): void {
    const { width, height, top } = this.#canvas.getBoundingClientRect();
    this.order({ type: "size", size: { width, height, ratio: devicePixelRatio, top: -top, bottom: innerHeight - top } });
  }
}

/** Begins a plot in a worker, or on the page where only that can paint. */
function begin(canvas: HTMLCanvasElement, hear: (word: Word) => void): Promise<End> | End {
  if (!paintsInWorkers()) {
    return (import(PLOTTER) as Promise<typeof import("./plotter")>).then(({ Core }) => {
      const core = new Core((word) => hear(word));
      core.paintOn(canvas);
      return { send: (order: Order) => core.take(order) };
    });
  }
  const worker = plotter();
  worker.onmessage = ({ data }: MessageEvent<Word>) => hear(data);
  const drawn = canvas.transferControlToOffscreen();
  worker.postMessage({ type: "canvas", canvas: drawn } satisfies Order, [drawn]);
  return { send: (order, transfer) => worker.postMessage(order, transfer) };
}
