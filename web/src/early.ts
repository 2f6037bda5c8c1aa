// Dials the hub and begins the plot's worker while the rest of the page is under
// way, asks for the device's readings where it is plain how the page will, and
// says before anything is painted whether the page stands in another one.

import { dialEarly } from "./dial";
import { isNew } from "./identity";
import { isDeviceID, type Message } from "./message";
import { BOUND, deviceInPath, HISTORY } from "./start";
import { beginEarly } from "./plot/worker";

const plots = document.currentScript?.dataset["plots"] !== undefined;
const query = new URLSearchParams(location.search);
dialEarly(plots ? greeting().map((message) => JSON.stringify(message)) : []);
if (plots) beginEarly();
const form = query.get("embed");
if (form !== null) document.documentElement.dataset["embed"] = form;

/** What a page says that is new, and asks for no more of the past than all do. Where the page comes to say anything else, it dials anew. */
function greeting(): Message[] {
  const device = deviceInPath();
  const common = ["path", "from", "to"].every((key) => !query.has(key)) && /^[1-5]?\ds$/.test(query.get("window") ?? "0s");
  if (!common || !isDeviceID(device) || !isNew("viewer")) return [];
  return [
    { type: "hello", role: "viewer" },
    { type: "watch", device },
    { type: "read", bound: BOUND, since: HISTORY, device },
  ];
}
