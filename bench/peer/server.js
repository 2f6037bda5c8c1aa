// npm's PeerJS server on a free port, which it prints. A line on standard input
// makes it collect its garbage, which it says; it ends when nobody can ask any more.
import { createInterface } from "node:readline";
import { PeerServer } from "peer";

PeerServer({ port: 0, host: "127.0.0.1", path: "/peerjs", concurrent_limit: 100_000 }, (http) => console.log(JSON.stringify(`127.0.0.1:${http.address().port}`)));
createInterface({ input: process.stdin })
  .on("line", () => {
    globalThis.gc();
    console.log("true");
  })
  .on("close", () => process.exit());
