// The same objects as in device/pack_test.go.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Packable, pack } from "../src/pack";

const latin = (bytes: Uint8Array) => [...bytes].map((byte) => String.fromCharCode(byte)).join("");

test("objects are packed as peerjs-js-binarypack packs them", () => {
  const cases: [{ [name: string]: Packable }, string][] = [
    [{ __peerData: { type: "close" } }, "\x81\xba__peerData\x81\xb4type\xb5close"],
    [{ n: 0, t: 127 }, "\x82\xb1n\x00\xb1t\x7f"],
    [{ n: -1, t: -32 }, "\x82\xb1n\xff\xb1t\xe0"],
    [{ n: 1.5 }, "\x81\xb1n\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00"],
    [{ n: 2147483647 }, "\x81\xb1n\xd2\x7f\xff\xff\xff"],
    [{ n: 2147483648 }, "\x81\xb1n\xcb\x41\xe0\x00\x00\x00\x00\x00\x00"],
    [{ series: "temperature §1 é" }, "\x81\xb6series\xd8\x00\x12temperature \xc2\xa71 \xc3\xa9"],
  ];
  for (const [object, want] of cases) assert.equal(latin(pack("binary", object) as Uint8Array), want, JSON.stringify(object));
});

test("objects as JSON are bytes, and a text where they are raw", () => {
  assert.equal(pack("raw", { n: 1, series: "é" }), '{"n":1,"series":"é"}');
  assert.deepEqual(pack("json", { n: 1, series: "é" }), new TextEncoder().encode('{"n":1,"series":"é"}'));
});
