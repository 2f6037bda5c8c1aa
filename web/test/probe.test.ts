import assert from "node:assert/strict";
import test from "node:test";

import { spanText } from "../src/doctor";
import { addressOf, kindOf, portOf, serversOf, shuns } from "../src/probe";

test("a URL says what a server is, and where", () => {
  const all = {
    "stun:hub.example:3479": ["stun", "hub.example:3479", "3479"],
    "turn:hub.example?transport=udp": ["turn-udp", "hub.example", "3478"],
    "turn:192.0.2.1:8080": ["turn-udp", "192.0.2.1:8080", "8080"],
    "turn:[2001:db8::1]:8080?transport=tcp": ["turn-tcp", "[2001:db8::1]:8080", "8080"],
    "turn:[2001:db8::1]": ["turn-udp", "[2001:db8::1]", "3478"],
    "turns:hub.example?transport=tcp": ["turn-tls", "hub.example", "5349"],
    "turns:hub.example?transport=udp": [undefined, "hub.example", "5349"],
    "stuns:hub.example": [undefined, "hub.example", "3478"],
  };
  for (const [url, [kind, address, port]] of Object.entries(all)) assert.deepEqual([kindOf(url), addressOf(url), portOf(url)], [kind, address, port], url);
});

test("servers of a kind have the credential that goes with them", () => {
  const ice = [{ urls: "stun:a" }, { urls: ["turn:a", "turn:a?transport=tcp"], username: "u", credential: "c" }];
  assert.deepEqual(serversOf(ice, "turn-tcp"), [{ url: "turn:a?transport=tcp", ice: { urls: "turn:a?transport=tcp", username: "u", credential: "c" } }]);
  assert.deepEqual(serversOf(ice, "stun"), [{ url: "stun:a", ice: { urls: "stun:a" } }]);
  assert.deepEqual(serversOf(ice, "turn-tls"), []);
});

test("Firefox asks no server on its own machine", () => {
  const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
  for (const url of ["stun:localhost:8080", "turn:127.0.0.1:8080?transport=tcp", "turn:[::1]:8080"]) assert.ok(shuns(url, firefox) && !shuns(url, "Chrome/140.0.0.0"), url);
  for (const url of ["stun:192.0.2.1:8080", "stun:localhost.example:8080", "turns:127.example"]) assert.ok(!shuns(url, firefox), url);
});

test("a duration is written as plotbeam doctor writes it", () => {
  for (const [ms, text] of [[0.3, "0.3 ms"], [14.4, "14 ms"], [1640, "1.6 s"], [999.7, "1.0 s"], [125e3, "2m5s"], [7200e3, "2h0m0s"]] as const) assert.equal(spanText(ms), text);
});
