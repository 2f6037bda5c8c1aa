import assert from "node:assert/strict";
import { test } from "node:test";
import { Place } from "../src/place";
import { Spans } from "../src/span";

const A = "000000000000000a";
const B = "000000000000000b";
const at = (seq: number, epoch = A) => ({ epoch, seq });

function begin(): Place {
  const place = new Place();
  assert.equal(place.standing(at(1)), "unknown");
  assert.equal(place.from(at(10)), false);
  return place;
}

test("a frame that jumps over others makes them missing; late they are news, twice they are not", () => {
  const place = begin();
  assert.equal(place.take(at(11)), undefined);
  assert.deepEqual(place.take(at(15)), { first: 12, last: 14 });
  assert.deepEqual(place.missing.list, [{ first: 12, last: 14 }]);
  assert.equal(place.standing(at(13)), "late");
  place.take(at(13));
  assert.equal(place.standing(at(13)), "repeat");
  assert.deepEqual(place.missing.list, [{ first: 12, last: 12 }, { first: 14, last: 14 }]);
  assert.equal(place.standing(at(15)), "repeat");
  assert.equal(place.standing(at(10)), "repeat"); // before the stream began here
  assert.deepEqual(place.position, at(15));
  assert.ok(place.reached(at(15)) && !place.reached(at(16)) && !place.reached(at(3, B)));
});

test("a gap loses what has not come, once", () => {
  const place = begin();
  place.take(at(15));
  place.take(at(12));
  assert.deepEqual(place.gap(A, { first: 11, last: 13 }), { lost: 2, jumped: undefined });
  assert.deepEqual(place.gap(A, { first: 11, last: 13 }), { lost: 0, jumped: undefined });
  assert.deepEqual(place.missing.list, [{ first: 14, last: 14 }]);
  assert.deepEqual(place.gap(A, { first: 18, last: 20 }), { lost: 3, jumped: { first: 16, last: 20 } });
  assert.deepEqual(place.position, at(20));
  assert.deepEqual(place.missing.list, [{ first: 14, last: 14 }, { first: 16, last: 17 }]);
  assert.deepEqual(place.gap(B, { first: 1, last: 99 }), { lost: 0, jumped: undefined });
});

test("another epoch is a new log, one seen before is over", () => {
  const place = begin();
  place.take(at(15));
  assert.equal(place.standing(at(1, B)), "unknown");
  assert.equal(place.from(at(0, B)), true);
  assert.ok(place.missing.empty);
  assert.equal(place.standing(at(1, B)), "news");
  assert.equal(place.standing(at(16)), "repeat");
  assert.equal(place.from(at(15)), false);
  assert.deepEqual(place.position, at(0, B));
  assert.equal(place.from(at(7, B)), false); // what lies between is told as a gap
  assert.deepEqual(place.position, at(0, B));
});

test("spans are a set of numbers", () => {
  let seed = 1;
  const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
  for (let round = 0; round < 200; round++) {
    const spans = new Spans();
    const model = new Set<number>();
    for (let i = 0; i < 60; i++) {
      const first = 1 + random(100);
      const last = first + random(12) - 1; // some are empty
      if (random(2) === 0) {
        spans.add({ first, last });
        for (let n = first; n <= last; n++) model.add(n);
      } else {
        spans.remove({ first, last });
        for (let n = first; n <= last; n++) model.delete(n);
      }
      assert.equal(spans.count, model.size);
      for (let n = 0; n < 115; n++) assert.equal(spans.has(n), model.has(n));
      spans.list.forEach(({ first, last }, k) => assert.ok(first <= last && first > (spans.list[k - 1]?.last ?? -1) + 1));
    }
  }
  const many = new Spans(Array.from({ length: 300 }, (_, i) => ({ first: 1 + 2 * i, last: 1 + 2 * i })));
  assert.equal(many.list.length, 256);
  assert.ok(many.has(1) && many.has(2) && !many.has(598));
});
