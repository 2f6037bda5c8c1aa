// The path machine, with a clock, a hub and links that the tests make.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Hear } from "../src/line";
import type { Message } from "../src/message";
import { Paths, type PathsConfig } from "../src/paths";
import { Track } from "../src/track";
import { clock, Source } from "./source";

interface FakeLink {
  hear: Hear;
  said: Message[];
  closed: boolean;
}

/** A viewer's paths, and what they do. */
function machine(choice: PathsConfig["choice"] = "", webrtc?: string) {
  clock.now = 10_000;
  const source = new Source();
  const values: number[] = [];
  const skips: unknown[] = [];
  const said: Message[] = [];
  const links: FakeLink[] = [];
  let checks = 0;
  const track = new Track({
    onSchema: () => {},
    onColumns: (columns) => values.push(...columns.flatMap((column) => [...column.values])),
    onSkip: (span) => skips.push(span),
  });
  const paths = new Paths({
    track,
    since: -1,
    choice,
    webrtc,
    now: () => clock.now,
    device: () => "psu",
    send: (message) => said.push(message),
    check: () => checks++,
    offer: (hear) => {
      const link: FakeLink = { hear, said: [], closed: false };
      links.push(link);
      return {
        session: String(links.length),
        path: "direct",
        send: (data) => link.said.push(JSON.parse(data) as Message),
        signal: () => {},
        close: () => {
          if (link.closed) return;
          link.closed = true;
          hear.onClose("closed", false);
        },
      };
    },
    onEnded: () => {},
    onChange: () => {},
  });
  /** Lets time pass, in steps of 100 ms. */
  const pass = (ms: number, each: () => void = () => {}): void => {
    for (const end = clock.now + ms; clock.now < end; ) {
      clock.now += 100;
      each();
      paths.steer();
    }
  };
  const types = (messages: Message[]): string[] => messages.splice(0).map(({ type }) => type);
  return { source, values, skips, said, links, track, paths, pass, types, checks: () => checks };
}

type Machine = ReturnType<typeof machine>;

/** Opens the socket, and has the relay answer with a schema and two frames. */
function relayed(m: Machine): void {
  m.said.push(...m.paths.words());
  m.paths.welcome();
  m.paths.presence(true, "");
  m.paths.hear({ type: "from", device: "psu", position: m.source.at(0) });
  m.paths.take(m.source.frame(1));
  for (const bytes of m.source.make(2)) m.paths.take(bytes);
  assert.equal(m.links.length, 0); // the first picture goes first
  m.pass(100);
}

/** Has the newest link open, and deliver news. */
function linked(m: Machine): FakeLink {
  const link = m.links.at(-1);
  assert.ok(link !== undefined);
  link.hear.onOpen();
  link.hear.onMessage(JSON.stringify({ type: "from", position: m.track.position }), "frames");
  for (const bytes of m.source.make(1)) link.hear.onMessage(bytes, "now");
  return link;
}

test("the relay at once, a link as soon as it has caught up, each frame once", () => {
  const m = machine();
  relayed(m);
  assert.deepEqual(m.said.splice(0, 2).map(({ type }) => type), ["watch", "read"]);
  assert.deepEqual([m.values, m.paths.path, m.paths.why], [[0, 1], "relay", "a direct path is being opened"]);
  const link = m.links[0];
  assert.ok(link !== undefined && m.links.length === 1);
  link.hear.onOpen();
  assert.deepEqual(link.said.shift(), { type: "read", bound: 2000, after: m.source.at(3), schema: 1 });
  link.hear.onMessage(JSON.stringify({ type: "from", position: m.source.at(3) }), "frames");
  const [three] = m.source.make(1);
  assert.ok(three !== undefined);
  m.paths.take(three); // over the relay first
  link.hear.onMessage(m.source.frame(2), "now"); // far behind
  assert.deepEqual([m.paths.path, m.track.counts.repeated], ["relay", 1]);
  const [four] = m.source.make(1);
  link.hear.onMessage(four ?? assert.fail(), "now");
  assert.deepEqual([m.paths.path, m.paths.why, m.values], ["direct", "", [0, 1, 2, 3]]);
  assert.ok(m.types(m.said).includes("unread"));
});

test("a head that is not newer says that a link has caught up", () => {
  const m = machine();
  relayed(m);
  const link = m.links[0];
  link?.hear.onOpen();
  link?.hear.onMessage(JSON.stringify({ type: "from", position: m.source.at(3) }), "frames");
  link?.hear.onMessage(JSON.stringify({ type: "beat", time: 1, position: m.source.at(4) }), "frames");
  assert.equal(m.paths.path, "relay");
  link?.hear.onMessage(JSON.stringify({ type: "beat", time: 1, position: m.source.at(3) }), "frames");
  assert.equal(m.paths.path, "direct");
});

test("a silent link: the relay at once, a new link behind it, the old one kept and counted again", () => {
  const m = machine();
  relayed(m);
  const old = linked(m);
  m.types(m.said);
  const beat = (): void => old.hear.onMessage(JSON.stringify({ type: "beat", time: 1, position: m.source.log.head }), "frames");
  m.pass(5000, beat);
  assert.deepEqual([m.paths.path, m.links.length, m.types(m.said)], ["direct", 1, []]);
  m.pass(1000);
  assert.deepEqual(m.types(m.said), []);
  m.pass(100);
  assert.deepEqual([m.types(m.said), m.links.length, old.closed, m.paths.path], [["read"], 1, false, ""]);
  m.paths.hear({ type: "from", device: "psu", position: m.source.at(4) });
  assert.equal(m.paths.path, "relay");
  m.pass(1100); // the relay has a second for itself
  assert.deepEqual([m.links.length, old.closed], [2, false]);
  beat(); // it comes back
  assert.deepEqual([m.paths.path, m.types(m.said).at(-1)], ["direct", "unread"]);
  assert.ok(m.links[1]?.closed && !old.closed);
  old.said.splice(0);
  m.pass(1200); // silent again: it is not read for a while
  assert.deepEqual(m.types(old.said), ["unread"]);
  m.paths.hear({ type: "from", device: "psu", position: m.source.at(4) });
  beat();
  assert.equal(m.paths.path, "relay");
  m.pass(121_000);
  assert.deepEqual([m.types(old.said).includes("read"), m.links.length], [true, 2]);
});

test("a link that brought news all the time and hesitates has the relay beside it", () => {
  const m = machine();
  relayed(m);
  const link = linked(m);
  for (let i = 0; i < 40; i++) {
    clock.now += 20;
    m.paths.tick();
    for (const bytes of m.source.make(1)) link.hear.onMessage(bytes, "now");
  }
  m.types(m.said);
  clock.now += 200;
  m.paths.tick();
  clock.now += 140;
  m.paths.tick();
  assert.deepEqual(m.types(m.said), []);
  clock.now += 10;
  m.paths.tick();
  assert.deepEqual([m.types(m.said), m.paths.path], [["read"], "direct"]);
  for (const bytes of m.source.make(1)) link.hear.onMessage(bytes, "now");
  m.paths.steer();
  assert.deepEqual(m.types(m.said), ["unread"]);
});

test("a link that brings only what is old counts as silent, and is not read while the relay is", () => {
  const m = machine();
  relayed(m);
  const link = linked(m);
  link.said.splice(0);
  m.pass(1100, () => link.hear.onMessage(m.source.frame(2), "frames"));
  assert.ok(m.types(m.said).includes("read"));
  assert.equal(m.types(link.said).at(-1), "unread");
});

test("without the hub a link is read whatever it is like", () => {
  const m = machine();
  relayed(m);
  const link = linked(m);
  m.pass(1100);
  link.hear.onMessage(JSON.stringify({ type: "beat", time: 1, position: m.source.log.head }), "frames");
  m.pass(1100);
  assert.equal(m.types(link.said).at(-1), "unread"); // it has fallen silent twice
  m.paths.away();
  assert.equal(m.types(link.said).at(-1), "read");
  m.pass(3000);
  assert.ok(!m.types(link.said).includes("unread"));
});

test("a silent relay is checked, once in 1.5 s", () => {
  const m = machine("relay");
  relayed(m);
  assert.deepEqual([m.links.length, m.paths.path, m.paths.why], [0, "relay", "this page was asked to use the relay only"]);
  m.pass(1400); // after the 100 ms of relayed
  assert.equal(m.checks(), 0);
  m.pass(100);
  assert.equal(m.checks(), 1);
  m.pass(1500);
  assert.equal(m.checks(), 1);
  m.pass(100);
  assert.equal(m.checks(), 2);
  m.paths.away();
  assert.equal(m.paths.path, "");
  assert.deepEqual(m.paths.words().map(({ type }) => type), ["watch", "read"]);
});

test("a page that slept does not take what it missed for silence", () => {
  const m = machine();
  relayed(m);
  const link = linked(m);
  m.types(m.said);
  clock.now += 60_000;
  m.paths.steer();
  assert.deepEqual(m.types(m.said), []);
  link.hear.onMessage(JSON.stringify({ type: "beat", time: 1, position: m.source.log.head }), "frames");
  m.pass(500);
  assert.deepEqual([m.paths.path, m.types(m.said)], ["direct", []]);
});

test("why not directly, and when another offer is made", () => {
  const m = machine();
  relayed(m);
  m.links[0]?.hear.onClose("this device streams directly to 8 viewers at most", true);
  assert.equal(m.paths.why, "refused: this device streams directly to 8 viewers at most");
  m.pass(4900);
  assert.equal(m.links.length, 1);
  m.paths.again(); // invited
  assert.equal(m.links.length, 2);
  m.pass(10_100);
  assert.ok(m.links[1]?.closed);
  assert.equal(m.paths.why, "no direct path works: a firewall may block UDP");

  const without = machine("", "this browser has no WebRTC");
  relayed(without);
  assert.deepEqual([without.links.length, without.paths.why], [0, "this browser has no WebRTC"]);
  without.paths.presence(true, "relay");
  assert.equal(without.paths.why, "the device streams through the hub only");
  without.paths.presence(true, "direct");
  assert.deepEqual([without.types(without.said).at(-1), without.paths.path, without.paths.hopeless], ["unread", "", true]);
  const direct = machine("direct");
  assert.deepEqual(direct.paths.words().map(({ type }) => type), ["watch"]);
  direct.paths.hear({ type: "error", code: "relay", text: "this hub relays no streams" });
  assert.equal(direct.paths.noRelay, "this page was asked not to use the relay");
});

test("frames that overtake their schema, or the word of their log, wait for it", () => {
  const m = machine();
  m.paths.words();
  m.paths.welcome();
  m.paths.presence(true, "");
  m.pass(100);
  const link = m.links[0];
  link?.hear.onOpen();
  const frames = m.source.make(3);
  for (const bytes of frames) link?.hear.onMessage(bytes, "now");
  link?.hear.onMessage(JSON.stringify({ type: "from", position: m.source.at(0) }), "frames");
  assert.deepEqual(m.values, []);
  link?.hear.onMessage(m.source.frame(1), "now");
  assert.deepEqual([m.values, m.track.counts.lost, m.track.counts.bad, m.track.skipped], [[0, 1, 2], 0, 0, 0]);
  const { onMessage } = link?.hear ?? assert.fail();
  const more = m.source.make(3);
  for (const i of [2, 0]) onMessage(more[i] ?? assert.fail(), "now");
  assert.deepEqual([m.values, m.skips, m.track.skipped], [[0, 1, 2, 5, 3], [{ first: 5, last: 6 }], 1]);
  const asked = (): unknown[] => link?.said.splice(0).filter((message) => message.type === "read" && message.after === undefined) ?? [];
  assert.deepEqual(asked().slice(-1), [{ type: "read", spans: [{ first: 5, last: 6 }] }]);
  clock.now += 60;
  m.paths.tick();
  assert.deepEqual(asked(), [{ type: "read", spans: [{ first: 6, last: 6 }] }]);
});
