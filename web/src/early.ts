// Dials the hub and begins the plot's worker while the rest of the page is under
// way, and says before anything is painted whether the page stands in another one.

import { dialEarly } from "./dial";
import { beginEarly } from "./plot/worker";

dialEarly();
if (document.currentScript?.dataset["plots"] !== undefined) beginEarly();
const form = new URLSearchParams(location.search).get("embed");
if (form !== null) document.documentElement.dataset["embed"] = form;
