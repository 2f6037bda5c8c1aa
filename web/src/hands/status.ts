// The line over the plot that says what was done or has happened, for a few
// seconds; a screen reader reads it out.

import { make, write } from "../page";

const SHOWN_FOR = 4_000; // ms

export class Status {
  readonly #line = make("p", "told");
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(stage: HTMLElement) {
    this.#line.setAttribute("role", "status");
    stage.append(this.#line);
  }

  say(text: string): void {
    write(this.#line, text);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => write(this.#line, ""), SHOWN_FOR);
  }
}
