// Dials the hub while the rest of the page is under way.

import { dialEarly } from "./dial";

dialEarly();
