// The page's end of the plot: it hands orders to the worker, and what the plot
// says to whoever listens.

import type { End } from "./end";
import { type Answer, type Look, type Order, PLAIN, type Question, type Report, type Word } from "./orders";
import { readTheme } from "./theme";

const READY_WITHIN = 500; // ms

export class Plot {
  readonly #canvas: HTMLCanvasElement;
  readonly #stage: HTMLElement;
  readonly #end: End;
  readonly #heard: ((report: Report) => void)[] = [];
  readonly #asked = new Map<number, (answer: Answer) => void>();
  #questions = 0;
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

  /** Is painted on the canvas of the end, which fills `stage`; the stage is made higher when the lanes need it. */
  constructor(end: End, canvas: HTMLCanvasElement, stage: HTMLElement) {
    [this.#end, this.#canvas, this.#stage] = [end, canvas, stage];
    end.listen((word) => this.#hear(word as Word));
    this.#dress();
    this.#measure();
    new ResizeObserver(() => this.#measure()).observe(stage);
    addEventListener("scroll", () => this.#measure(), { passive: true });
    addEventListener("resize", () => this.#measure());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#dress());
    const calm = matchMedia("(prefers-reduced-motion: reduce)");
    calm.addEventListener("change", () => this.order({ type: "calm", calm: calm.matches }));
    this.order({ type: "calm", calm: calm.matches });
    const hidden = (): void => this.order({ type: "hidden", hidden: document.hidden });
    document.addEventListener("visibilitychange", hidden);
    hidden();
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

  order(order: Order): void {
    this.#end.send(order);
  }

  async ask(question: Question): Promise<Answer> {
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
    } else if (word.type === "report") {
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
