// A session that takes over a socket which early.ts has dialled.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { dial } from "../src/dial";
import type { Message } from "../src/message";
import { Session } from "../src/session";
import "./source";

type Event = { data: string };

class Socket {
  static readonly OPEN = 1;
  readonly url = "ws://hub/socket";
  readyState = Socket.OPEN;
  onmessage: ((event: Event) => void) | null = null;
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  readonly sent: string[] = [];
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {}
}

Object.assign(globalThis, { document: { hidden: false }, WebSocket: Socket, addEventListener: () => {}, removeEventListener: () => {} });

test("what came before the page could take it is taken in parts, and in its order", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const socket = new Socket();
  const beat = (seq: number): string => JSON.stringify({ type: "beat", position: { epoch: "9f3ac0ffee5e1f00", seq } });
  const said = [JSON.stringify({ type: "hello", role: "viewer" })];
  Object.assign(globalThis, { plotbeam: { socket, said, heard: Array.from({ length: 100 }, (_, i) => beat(i + 1)) } });
  const seen: number[] = [];
  const onMessage = (message: Message): void => void (message.type === "beat" && seen.push(message.position!.seq));
  const session = new Session({ dial: () => dial(socket.url), role: "viewer", identity: {}, onIdentity: () => {}, onMessage, onStatus: () => {} });
  await Promise.resolve();
  assert.ok(seen.length > 0 && seen.length < 100, `${seen.length} at once`);
  socket.onmessage!({ data: beat(101) }); // does not overtake
  for (let i = 0; i < 10; i++) mock.timers.tick(20);
  socket.onmessage!({ data: beat(102) });
  assert.deepEqual(seen, Array.from({ length: 102 }, (_, i) => i + 1));
  assert.deepEqual(socket.sent, []);
  session.close();
  mock.timers.reset();
});
