// The old demo's server: pages, a PeerJS server that carries signals, and a
// Socket.IO server through which the IoT page hears of remote clients.
//
//   remote page ── "remote" {id} ── Socket.IO ──> IoT page
//   IoT page ── PeerJS: connect to that id ── PeerJS server ──> remote page
//   IoT page ======== data channel: {time, value} ========> remote page
//
// It says the address it serves at as one line of JSON and ends when its
// standard input does.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import express from "express";
import { ExpressPeerServer } from "peer";
import { Server } from "socket.io";

const require = createRequire(import.meta.url);
const here = import.meta.dirname;
const app = express();
const server = createServer(app);
const io = new Server(server);

app.get("/", (_, response) => response.sendFile(path.join(here, "pages/iot.html")));
app.get("/remote", (_, response) => response.sendFile(path.join(here, "pages/remote.html")));
app.get("/peerjs.js", (_, response) => response.sendFile(path.join(path.dirname(require.resolve("peerjs")), "peerjs.min.js")));
app.get("/smoothie.js", (_, response) => response.sendFile(require.resolve("smoothie")));
app.use("/signal", ExpressPeerServer(server));

// Remote clients by their Socket.IO id; every IoT page hears of all of them.
const remotes = new Map();
const devices = new Set();

io.on("connection", (socket) => {
  socket.on("device", () => {
    devices.add(socket);
    for (const id of remotes.values()) socket.emit("remote", id);
  });
  socket.on("remote", (id) => {
    remotes.set(socket.id, id);
    for (const device of devices) device.emit("remote", id);
  });
  socket.on("disconnect", () => {
    devices.delete(socket);
    const id = remotes.get(socket.id);
    if (id === undefined) return;
    remotes.delete(socket.id);
    for (const device of devices) device.emit("gone", id);
  });
});

server.listen(0, "127.0.0.1", () => console.log(JSON.stringify(`http://127.0.0.1:${server.address().port}`)));
process.stdin.on("end", () => process.exit()).resume();
