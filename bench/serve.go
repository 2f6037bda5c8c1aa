package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/gobwas/ws"
	"github.com/gorilla/websocket"

	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/peerjs"
)

// servers are the contestants. The plain ones send to everybody at /socket
// what comes in at /publish, as cheaply as their library can: a loop that
// writes to one viewer after the other, so that nobody has to be woken. They
// know no slow viewers, no pings, no places and no devices.
var servers = map[string]func(net.Listener) error{
	"plotbeam": serveHub,
	"peerjs":   serveHub,
	"gorilla":  serveGorilla,
	"gobwas":   serveGobwas,
}

// serve is one contestant, until nobody can ask any more.
func serve(name string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go servers[name](l)
	if err := json.NewEncoder(os.Stdout).Encode(l.Addr().String()); err != nil {
		return err
	}
	return answer(nil)
}

func serveHub(l net.Listener) error {
	h := hub.New(hub.Config{MaxPeers: 100_000})
	if err := peerjs.Mount(h, peerjs.Config{}); err != nil {
		return err
	}
	go h.Run(context.Background())
	<-h.Ready()
	return http.Serve(l, h)
}

// audience is a plain server's viewers.
type audience[C comparable] struct {
	mu  sync.Mutex
	all map[C]bool
}

func (a *audience[C]) add(c C) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all == nil {
		a.all = map[C]bool{}
	}
	a.all[c] = true
}

func (a *audience[C]) remove(c C) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.all, c)
}

func (a *audience[C]) each(visit func(C)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for c := range a.all {
		visit(c)
	}
}

func serveGorilla(l net.Listener) error {
	var viewers audience[*websocket.Conn]
	var upgrader websocket.Upgrader
	mux := http.NewServeMux()
	mux.HandleFunc("/publish", func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		for {
			kind, data, err := conn.ReadMessage()
			if err != nil {
				return
			}
			message, err := websocket.NewPreparedMessage(kind, data)
			if err != nil {
				return
			}
			viewers.each(func(c *websocket.Conn) { c.WritePreparedMessage(message) })
		}
	})
	mux.HandleFunc("/socket", func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		viewers.add(conn)
		defer viewers.remove(conn)
		for {
			if _, _, err := conn.ReadMessage(); err != nil {
				return
			}
		}
	})
	return http.Serve(l, mux)
}

func serveGobwas(l net.Listener) error {
	var viewers audience[net.Conn]
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			var publishes bool
			upgrader := ws.Upgrader{OnRequest: func(uri []byte) error {
				publishes = strings.HasSuffix(string(uri), "/publish")
				return nil
			}}
			if _, err := upgrader.Upgrade(conn); err != nil {
				return
			}
			take := func([]byte) {}
			if publishes {
				take = func(data []byte) {
					message := ws.MustCompileFrame(ws.NewBinaryFrame(data))
					viewers.each(func(c net.Conn) { c.Write(message) })
				}
			} else {
				viewers.add(conn)
				defer viewers.remove(conn)
			}
			readGobwas(conn, take)
		}()
	}
}

func readGobwas(conn net.Conn, take func([]byte)) {
	for {
		head, err := ws.ReadHeader(conn)
		if err != nil {
			return
		}
		data := make([]byte, head.Length)
		if _, err := io.ReadFull(conn, data); err != nil {
			return
		}
		ws.Cipher(data, head.Mask, 0)
		take(data)
	}
}
