// Readings as text, for spreadsheets and for other programs. Runs where the
// plot's core does, and lets it paint between two pieces.
//
//	CSV      time,temp (°C),hum (%)
//	         2026-01-02T15:04:05.123456Z,21.5,      a cell stays empty where a series has no reading
//	NDJSON   {"t":"2026-01-02T15:04:05.123456Z","series":"temp","unit":"°C","v":21.5}
//
// Times are UTC with six digits of a second, always; values are the shortest
// number that reads back as the same float64. `plotbeam device stdin` reads
// both, and testdata/export.json holds examples.

export interface Table {
  name: string;
  unit: string; // "" where none is known
  times: Float64Array; // µs, rising
  values: Float64Array; // what is not finite is no reading
}

const PIECE = 512 << 10; // characters that are gathered before they leave the heap

/** One row a time, one column a series; two readings of a series at one time take two rows. */
export async function csv(tables: readonly Table[]): Promise<Blob> {
  const out = new Pieces(["time", ...tables.map(title)].map(cell).join(",") + "\n");
  const rows = new Rows(tables);
  const stamp = new Stamp();
  for (let time = rows.time; time < Infinity; time = rows.time) {
    let row = stamp.of(time);
    for (let series = 0; series < tables.length; series++) {
      const value = rows.take(series, time);
      row += value === undefined ? "," : `,${numberText(value)}`;
    }
    if (out.add(row + "\n")) await out.leave();
  }
  return out.blob("text/csv;charset=utf-8");
}

/** One line a reading, in the order of time. */
export async function ndjson(tables: readonly Table[]): Promise<Blob> {
  const out = new Pieces("");
  const rows = new Rows(tables);
  const stamp = new Stamp();
  const names = tables.map(({ name, unit }) => `","series":${JSON.stringify(name)},${unit === "" ? "" : `"unit":${JSON.stringify(unit)},`}"v":`);
  for (let time = rows.time; time < Infinity; time = rows.time) {
    const at = `{"t":"${stamp.of(time)}`;
    for (const [series, name] of names.entries()) {
      const value = rows.take(series, time);
      if (value !== undefined && out.add(`${at}${name}${numberText(value)}}\n`)) await out.leave();
    }
  }
  return out.blob("application/x-ndjson");
}

/** Goes through several tables by time. */
class Rows {
  readonly #tables: readonly Table[];
  readonly #next: number[];

  constructor(tables: readonly Table[]) {
    this.#tables = tables;
    this.#next = tables.map(() => -1);
    tables.forEach((_, series) => this.#advance(series));
  }

  /** The earliest time that is left; Infinity at the end. */
  get time(): number {
    let earliest = Infinity;
    for (let series = 0; series < this.#next.length; series++) {
      const time = this.#tables[series]!.times[this.#next[series]!] ?? Infinity;
      if (time < earliest) earliest = time;
    }
    return earliest;
  }

  /** Takes the series' next reading if it is of that time. */
  take(series: number, time: number): number | undefined {
    const { times, values } = this.#tables[series]!;
    const at = this.#next[series]!;
    if (times[at] !== time) return undefined;
    this.#advance(series);
    return values[at];
  }

  #advance(series: number): void {
    const { values } = this.#tables[series]!;
    let at = this.#next[series]! + 1;
    while (at < values.length && !Number.isFinite(values[at])) at++;
    this.#next[series] = at;
  }
}

/** Text that leaves the heap piece by piece. */
class Pieces {
  readonly #left: Blob[] = [];
  #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Says whether it is time to leave. */
  add(text: string): boolean {
    this.#text += text;
    return this.#text.length >= PIECE;
  }

  /** Lets the text go, and everything else that waits have its turn. */
  leave(): Promise<void> {
    this.#left.push(new Blob([this.#text]));
    this.#text = "";
    return new Promise((turn) => setTimeout(turn));
  }

  blob(type: string): Blob {
    return new Blob([...this.#left, this.#text], { type });
  }
}

/** Writes times. The second, which repeats, is worked out once. */
class Stamp {
  #second = NaN;
  #text = "";

  of(micros: number): string {
    const second = Math.floor(micros / 1e6);
    if (second !== this.#second) {
      const date = new Date(second * 1e3);
      if (Number.isNaN(date.getTime())) return String(micros); // so far off that no calendar has it
      this.#second = second;
      this.#text = date.toISOString().slice(0, -4); // with the dot
    }
    return `${this.#text}${String(Math.floor(micros - second * 1e6)).padStart(6, "0")}Z`;
  }
}

function numberText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** The series' name for a header. What a spreadsheet would run as a formula begins with an apostrophe: names come from strangers. */
function title({ name, unit }: Table): string {
  const safe = /^(?:[=@]|[+-].*[(|!])/.test(name) ? `'${name}` : name;
  return unit === "" ? safe : `${safe} (${unit})`;
}

function cell(text: string): string {
  return /[",;\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
