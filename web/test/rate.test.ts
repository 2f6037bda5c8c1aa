import assert from "node:assert/strict";
import { test } from "node:test";
import { Rate } from "../src/rate";

test("a rate is told over a second or more, and becomes nothing where nothing comes", () => {
  const rate = new Rate();
  assert.equal(rate.take(0, 5000), undefined);
  assert.equal(rate.take(40, 5400), undefined);
  assert.equal(rate.take(150, 6500), 100);
  assert.equal(rate.take(900, 7000), 100);
  assert.equal(rate.take(900, 8500), 375);
  assert.equal(rate.take(900, 9600), 0);
});
