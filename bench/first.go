package main

import (
	"context"
	"fmt"
	"net"
	"net/http/httptest"
	"os/exec"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/turnserver"
	"github.com/plotbeam/plotbeam/web"
)

// collect notes when the first reading was there, when the page was painted
// with it, and when Plotbeam's path became direct: ms since the page was asked for.
const collect = `
window.plotbeamColumns = true;
window.came = 0; window.painted = 0; window.direct = 0;
for (const name of ["plotbeam:columns", "olddemo:reading"]) {
  document.addEventListener(name, () => {
    window.came = performance.now();
    requestAnimationFrame(() => { const c = new MessageChannel(); c.port1.onmessage = () => { window.painted = performance.now(); }; c.port2.postMessage(0); });
  }, { once: true });
}
new MutationObserver(() => {
  if (window.direct === 0 && document.querySelector("main")?.dataset.path === "direct") window.direct = performance.now();
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-path"] });`

// first measures how long a person waits who opens a link to a live device.
func first(runs int) error {
	browser, stop, err := launch()
	if err != nil {
		return err
	}
	defer stop()
	ours, end, err := startDevice(100, func(n int) float64 { return float64(n * 37 % 100) })
	if err != nil {
		return err
	}
	defer end()
	old, end, err := startOldDemo(browser)
	if err != nil {
		return err
	}
	defer end()
	var t table
	for i := range runs + 1 {
		for _, page := range []struct {
			name, url string
			direct    bool
		}{{"plotbeam", ours + "/remote/bench", true}, {"old demo", old + "/remote", false}} {
			note := t.note
			if i == 0 {
				note = func(string, string, float64) {} // Chromium warms up
			}
			if err := openOnce(browser, page.name, page.url, page.direct, note); err != nil {
				return fmt.Errorf("%s: %w", page.name, err)
			}
		}
	}
	return t.print()
}

func openOnce(browser context.Context, name, url string, direct bool, note func(name, unit string, value float64)) error {
	tab, shut, err := open(browser, url, collect)
	defer shut()
	if err != nil {
		return err
	}
	for _, what := range []struct{ script, name string }{{"window.came", "first reading there"}, {"window.painted", "first reading painted"}, {"window.direct", "path direct"}} {
		if what.script == "window.direct" && !direct {
			continue // it knows no other
		}
		ms, err := await(tab, what.script)
		if err != nil {
			return err
		}
		note(name+", "+what.name, "ms after opening the page", ms)
	}
	return nil
}

// startHub starts a hub with pages and STUN.
func startHub() (url string, stop func(), err error) {
	udp, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	h := hub.New(hub.Config{
		Pages: web.Handler(),
		ICE: func(string, string) []plotbeam.ICEServer {
			return []plotbeam.ICEServer{{URLs: []string{"stun:" + udp.LocalAddr().String()}}}
		},
	})
	ctx, cancel := context.WithCancel(context.Background())
	go h.Run(ctx)
	go turnserver.New(turnserver.Config{Packets: udp}).Run(ctx)
	<-h.Ready()
	server := httptest.NewServer(h)
	return server.URL, func() { cancel(); server.CloseClientConnections() }, nil
}

// startOldDemo starts the old demo's server and its IoT page, which makes 100
// readings a second too.
func startOldDemo(browser context.Context) (url string, stop func(), err error) {
	folder, err := fetched("olddemo")
	if err != nil {
		return "", nil, err
	}
	node := exec.Command("node", "server.js")
	node.Dir = folder
	server, err := spawn(node)
	if err != nil {
		return "", nil, err
	}
	if err := server.read(&url); err != nil {
		server.stop()
		return "", nil, err
	}
	tab, shut, err := open(browser, url, "")
	if err != nil {
		shut()
		server.stop()
		return "", nil, err
	}
	_, err = await(tab, `document.getElementById("number").textContent ? 1 : 0`)
	return url, func() { shut(); server.stop() }, err
}
