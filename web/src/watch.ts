// What a bundle that is loaded late is given of the Remote Client.

import type { Series } from "./frame";
import type { Plot } from "./plot/plot";
import type { Viewing } from "./viewing";

export interface Watch {
  plot: Plot;
  viewer: Viewing;
  series(): readonly Series[]; // with units as people write them
}
