// Which series share a lane, that is, one y axis.
//
// Series with the same unit do. Series without one do while they are
// comparable, so that none of them is a flat line beside another. Ranges move,
// lanes should not: a series leaves its lane later than it would have joined it.

import type { Extent } from "./extent";

export interface Lane {
  unit: string;
  series: number[]; // indices, rising
}

/** A series as the lanes see it: its unit, and the extent of what is on screen. */
export interface Member extends Extent {
  unit: string;
}

// How many times the range of one may be that of another.
const JOIN = 20; // a series that has no lane yet
const STAY = 60; // one that stands in the lane
const MOVE = 8; // one that has a lane, into another

interface Group {
  lane: Lane;
  low: number;
  high: number;
  narrowest: number; // of its members' spans, above 0; Infinity when all are constant
}

/** Sorts the series into lanes, staying close to what was `before`. */
export function assignLanes(members: readonly Member[], before: readonly Lane[]): Lane[] {
  const groups: Group[] = [];
  members.forEach((member, series) => {
    if (member.low > member.high && member.unit === "") return; // nothing to show yet, and no way to tell where
    const old = before.find((lane) => lane.unit === member.unit && lane.series.includes(series));
    const joinable = (group: Group, factor: number) =>
      group.lane.unit === member.unit && (member.unit !== "" || comparable(group, member, factor));
    const mates = (group: Group) => old !== undefined && group.lane.series.some((other) => old.series.includes(other));
    // A series that had a lane for itself, or whose mates are all behind it, may open its lane again.
    const group = groups.find((g) => mates(g) && joinable(g, STAY)) ?? groups.find((g) => joinable(g, old === undefined ? JOIN : MOVE));
    if (group === undefined) groups.push(open(member, series));
    else join(group, member, series);
  });
  return groups.map((group) => group.lane);
}

/** Whether two ways to sort the series are the same. */
export function sameLanes(a: readonly Lane[], b: readonly Lane[]): boolean {
  return a.length === b.length && a.every((lane, i) => lane.unit === b[i]!.unit && lane.series.join() === b[i]!.series.join());
}

function open(member: Member, series: number): Group {
  const span = member.high - member.low;
  return { lane: { unit: member.unit, series: [series] }, low: member.low, high: member.high, narrowest: span > 0 ? span : Infinity };
}

function join(group: Group, member: Member, series: number): void {
  const span = member.high - member.low;
  group.lane.series.push(series);
  group.low = Math.min(group.low, member.low);
  group.high = Math.max(group.high, member.high);
  if (span > 0) group.narrowest = Math.min(group.narrowest, span);
}

function comparable(group: Group, member: Member, factor: number): boolean {
  const span = member.high - member.low;
  const joint = Math.max(group.high, member.high) - Math.min(group.low, member.low);
  const narrowest = span > 0 ? Math.min(span, group.narrowest) : group.narrowest;
  if (narrowest !== Infinity) return joint <= factor * narrowest; // the flattest line still moves visibly
  if (joint === 0) return true;
  const magnitudes = [group.low, group.high, member.low].map(Math.abs); // all are constant
  return Math.max(...magnitudes) <= factor * Math.min(...magnitudes);
}
