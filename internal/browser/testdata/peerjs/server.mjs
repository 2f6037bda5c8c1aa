// npm's own server, for tests and benchmarks that compare: prints its port.
import { PeerServer } from "peer";

const server = PeerServer({ port: 0, host: "127.0.0.1", path: "/peerjs", allow_discovery: process.argv[2] === "discovery", concurrent_limit: 100_000 }, (http) => console.log(http.address().port));
if (process.argv[3] === "patient") server.on("error", () => {}); // without a listener, one bad message ends the process
process.stdin.resume().on("end", () => process.exit());
