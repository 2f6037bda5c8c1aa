// Dials the hub while the rest of the page is under way, and says before
// anything is painted whether the page stands in another one.

import { dialEarly } from "./dial";

dialEarly();
const form = new URLSearchParams(location.search).get("embed");
if (form !== null) document.documentElement.dataset["embed"] = form;
