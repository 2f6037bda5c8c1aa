// What a page does as it comes and goes, and when the network changes.

/** Calls `leave` when the page goes, and `wake` when it is back or the network is another. */
export function attend(page: { leave(): void; wake(): void }): void {
  addEventListener("pagehide", () => page.leave());
  addEventListener("pageshow", ({ persisted }) => persisted && page.wake()); // from the browser's cache
  addEventListener("online", () => page.wake());
}
