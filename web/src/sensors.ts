// What a browser lets a page read of the device that it runs on. Nothing is
// asked for, and nothing listened to, before a sensor is opened.

import type { Series } from "./frame";
import { every } from "./timer";

const RADIANS = Math.PI / 180; // of a degree
const PERCENT = 100;
const BATTERY = 5_000; // ms between two readings of what tells of changes only

export interface Listener {
  /** One value a series, NaN where there is none now. */
  reading(micros: number, values: number[]): void;
  /** It gives nothing, and will not. */
  trouble(words: string): void;
}

export interface Sensor {
  name: string;
  series: Series[];
  short: string[]; // names of the series, for where the sensor's is known
  /** Why this browser cannot have it at all, in words; empty where it may. */
  missing(): string;
  /** Asks the person where the browser wants that, and listens. Must be called while a press is handled. */
  open(listener: Listener): () => void;
}

const INSECURE = "Browsers give this to pages over HTTPS only: open this page by https://, or on this computer by localhost.";
const REFUSED = "Refused. To allow it, change this site's permissions in the browser, then choose it again.";

const NO_INTERFACE = "This browser does not have it.";

function group(name: string, parts: Record<string, string>): Pick<Sensor, "name" | "series" | "short"> {
  const series = Object.entries(parts).map(([part, unit]) => ({ name: `${name.toLowerCase()} ${part}`, ...(unit !== "" && { unit }) }));
  return { name, series, short: Object.keys(parts) };
}

/** What iOS has besides the standard: the person is asked by a call, which only a press may make. */
interface Asking {
  requestPermission?(): Promise<string>;
}

/** A sensor whose readings are events of the window. */
function eventSensor<T extends "devicemotion" | "deviceorientation">(
  named: Pick<Sensor, "name" | "series" | "short">,
  kind: "DeviceMotionEvent" | "DeviceOrientationEvent",
  type: T,
  read: (event: WindowEventMap[T]) => (number | null | undefined)[],
): Sensor {
  return {
    ...named,
    missing: () => (!isSecureContext ? INSECURE : kind in window ? "" : NO_INTERFACE),
    open({ reading, trouble }) {
      let over = false;
      const take = (event: WindowEventMap[T]): void => {
        const values = read(event).map((value) => value ?? NaN);
        if (values.some((value) => !Number.isNaN(value))) reading(microsOf(event), values);
      };
      const asking = window[kind] as Asking;
      void Promise.resolve(asking.requestPermission?.() ?? "granted")
        .catch(() => "denied") // it was not called while a press was handled
        .then((answer) => {
          if (over) return;
          if (answer === "granted") window.addEventListener(type, take);
          else trouble(REFUSED);
        });
      return () => {
        over = true;
        window.removeEventListener(type, take);
      };
    },
  };
}

function microsOf(event: Event): number {
  return Math.round((performance.timeOrigin + event.timeStamp) * 1e3);
}

function inRadians(degrees: number | null | undefined): number | null | undefined {
  return degrees == null ? degrees : degrees * RADIANS;
}

const location: Sensor = {
  ...group("Location", { latitude: "lat", longitude: "lon", altitude: "m", accuracy: "m", speed: "m/s", heading: "deg" }),
  missing: () => (!isSecureContext ? INSECURE : "geolocation" in navigator ? "" : NO_INTERFACE),
  open({ reading, trouble }) {
    const take = ({ coords, timestamp }: GeolocationPosition): void => {
      const { latitude, longitude, altitude, accuracy, speed, heading } = coords;
      reading(Math.round(timestamp * 1e3), [latitude, longitude, altitude, accuracy, speed, heading].map((value) => value ?? NaN));
    };
    const fail = ({ code, PERMISSION_DENIED }: GeolocationPositionError): void => {
      if (code === PERMISSION_DENIED) trouble(REFUSED); // all else may pass
    };
    const watch = navigator.geolocation.watchPosition(take, fail, { enableHighAccuracy: true, maximumAge: 0 });
    return () => navigator.geolocation.clearWatch(watch);
  },
};

/** The Battery Status API, of which TypeScript knows nothing. */
interface Battery extends EventTarget {
  level: number; // of 1
  charging: boolean;
  dischargingTime: number; // s; infinite where unknown
}

const battery: Sensor = {
  ...group("Battery", { level: "%EL", lifetime: "EL", charging: "" }),
  missing: () => (!isSecureContext ? INSECURE : "getBattery" in navigator ? "" : NO_INTERFACE),
  open({ reading, trouble }) {
    const stops: (() => void)[] = [];
    let over = false;
    const begin = (found: Battery): void => {
      if (over) return;
      const take = (): void => {
        const left = Number.isFinite(found.dischargingTime) ? found.dischargingTime : NaN;
        reading(Date.now() * 1e3, [Math.round(found.level * PERCENT * 10) / 10, left, Number(found.charging)]);
      };
      for (const type of ["levelchange", "chargingchange"]) {
        found.addEventListener(type, take);
        stops.push(() => found.removeEventListener(type, take));
      }
      stops.push(every(BATTERY, take));
      take();
    };
    (navigator as unknown as { getBattery(): Promise<Battery> }).getBattery().then(begin, () => over || trouble(REFUSED));
    return () => {
      over = true;
      for (const stop of stops.splice(0)) stop();
    };
  },
};

export const SENSORS: readonly Sensor[] = [
  eventSensor(group("Accelerometer", { x: "m/s2", y: "m/s2", z: "m/s2" }), "DeviceMotionEvent", "devicemotion", ({ accelerationIncludingGravity: whole, acceleration: free }) => {
    const { x, y, z } = whole ?? free ?? {};
    return [x, y, z];
  }),
  eventSensor(group("Gyroscope", { x: "rad/s", y: "rad/s", z: "rad/s" }), "DeviceMotionEvent", "devicemotion", ({ rotationRate }) => {
    return [rotationRate?.alpha, rotationRate?.beta, rotationRate?.gamma].map(inRadians); // about x, y and z, whatever the names say
  }),
  eventSensor(group("Orientation", { alpha: "deg", beta: "deg", gamma: "deg" }), "DeviceOrientationEvent", "deviceorientation", ({ alpha, beta, gamma }) => [alpha, beta, gamma]),
  location,
  battery,
];
