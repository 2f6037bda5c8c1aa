// What runs in the page's worker, with a page that the test plays.

import assert from "node:assert/strict";
import { mock, test, type TestContext } from "node:test";
import type { Errand, News } from "../src/errands";
import type { Word } from "../src/plot/orders";
import { BOUND } from "../src/start";
import { Watcher } from "../src/watcher";

Object.assign(globalThis, { WebSocket: { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 }, CloseEvent: Event });

const WELCOME = { type: "welcome", id: "v-1", secret: "s", time: 1, ice: [] };

/** A worker, and all that it has said to its page, in time that the test moves. */
class Page {
  readonly news: (News | Word)[] = [];
  readonly watcher = new Watcher((news) => this.news.push(news));

  /** Begins to watch. */
  constructor(t: TestContext) {
    mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
    mock.method(performance, "now", () => Date.now());
    t.after(() => {
      mock.timers.reset();
      mock.restoreAll();
    });
    this.tell({ type: "begin", beginning: { identity: {}, device: "psu", choice: "", since: 0, webrtc: undefined } });
  }

  tell(errand: Errand): void {
    this.watcher.take(errand);
  }

  heard(socket: number, message: object): void {
    this.tell({ type: "heard", socket, data: JSON.stringify(message) });
  }

  /** All news of a type. */
  of<T extends News["type"]>(type: T): (News & { type: T })[] {
    return this.news.filter((one): one is News & { type: T } => one.type === type);
  }

  /** What was said to a socket. */
  said(socket: number): { type: string; text?: string }[] {
    return this.of("send").filter((one) => one.socket === socket).map(({ data }) => JSON.parse(data) as { type: string });
  }
}

test("a socket that another has followed says nothing any more, and the page dials again where one is lost", (t) => {
  const page = new Page(t);
  assert.deepEqual(page.of("dial").map(({ socket }) => socket), [1]);
  page.tell({ type: "dialled", socket: 1, said: [], heard: [] });
  assert.deepEqual(page.said(1).map(({ type }) => type), ["hello", "watch", "read"]);
  page.heard(1, WELCOME);
  assert.equal(page.of("known").length > 0, true);
  page.tell({ type: "lost", socket: 1 });
  mock.timers.tick(20);
  assert.deepEqual(page.of("dial").map(({ socket }) => socket), [1, 2]);
  page.heard(1, { ...WELCOME, id: "v-2" });
  page.tell({ type: "dialled", socket: 2, said: [], heard: [] });
  page.heard(2, { ...WELCOME, id: "v-3" });
  assert.deepEqual(page.of("identity").map(({ id }) => id), ["v-1", "v-3"]);
});

test("what early.ts has said is not said again, and what the hub has answered is taken", (t) => {
  const page = new Page(t);
  const said = [{ type: "hello", role: "viewer" }, { type: "watch", device: "psu" }, { type: "read", bound: BOUND, device: "psu" }];
  page.tell({ type: "dialled", socket: 1, said: said.map((one) => JSON.stringify(one)), heard: [JSON.stringify(WELCOME)] });
  assert.deepEqual(page.of("identity").map(({ id }) => id), ["v-1"]);
  assert.deepEqual(page.of("hang"), []);
  assert.deepEqual(page.said(1).filter(({ type }) => said.some((one) => one.type === type)), []);
});

test("a device that refuses a link is heard, whatever its channels say", (t) => {
  const page = new Page(t);
  page.tell({ type: "dialled", socket: 1, said: [], heard: [] });
  page.heard(1, WELCOME);
  page.heard(1, { type: "device", device: "psu", state: { activity: "streaming" } });
  for (let i = 0; i < 50; i++) mock.timers.tick(20);
  const [offer] = page.of("offer");
  assert.ok(offer !== undefined, "no link was offered");
  page.heard(1, { type: "signal", device: "psu", session: offer.link, text: "8 viewers have links already" });
  page.tell({ type: "closed", link: offer.link, reason: "the other end closed the channel", refused: false });
  mock.timers.tick(150);
  assert.equal(page.of("known").at(-1)?.known.why, "refused: 8 viewers have links already");
  assert.deepEqual(page.of("drop").map(({ link }) => link), [offer.link]);
});
