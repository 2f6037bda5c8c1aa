package browser_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

const peerjsFolder = "testdata/peerjs"

var installPeerJS = sync.OnceValue(func() error {
	install := exec.Command("npm", "ci", "--no-audit", "--no-fund", "--silent")
	install.Dir, install.Stdout, install.Stderr = peerjsFolder, os.Stderr, os.Stderr
	return install.Run()
})

// needPeerJS fetches npm's client and server, or skips or fails the test.
func needPeerJS(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("browser tests take their time")
	}
	if _, err := os.Stat(filepath.Join(peerjsFolder, "node_modules", "peerjs")); err == nil {
		return
	}
	if err := installPeerJS(); err != nil {
		if os.Getenv("PLOTBEAM_REQUIRE_BROWSER") != "" {
			t.Fatalf("npm ci in %s: %v", peerjsFolder, err)
		}
		t.Skipf("npm ci in %s: %v", peerjsFolder, err)
	}
}

// Apps is a site of pages made with PeerJS, beside a hub.
type Apps struct {
	*Bench
	site string // URL
}

// newApps serves a folder's pages from another origin than the hub's.
func newApps(t testing.TB, b *Bench, folder string) *Apps {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/node_modules/", http.FileServer(http.Dir(peerjsFolder)))
	mux.Handle("/", http.FileServer(http.Dir(folder)))
	site := httptest.NewServer(mux)
	t.Cleanup(site.Close)
	return &Apps{Bench: b, site: site.URL}
}

// options are what an app says about its server.
func (a *Apps) options(more map[string]any) map[string]any {
	host, port := a.Hub.hostPort()
	o := map[string]any{"host": host, "port": port, "path": "/peerjs", "config": map[string]any{"iceServers": []any{}}}
	maps.Copy(o, more)
	return o
}

// Peer opens a page with a peer of that id, "" for one that the server draws.
func (a *Apps) Peer(id string, more map[string]any) *Tab {
	a.t.Helper()
	tab := a.OpenURL(a.site + "/page.html")
	tab.Await("the page", `window.app !== undefined`)
	a.start(tab, id, more)
	return tab
}

func (a *Apps) start(tab *Tab, id string, more map[string]any) {
	a.t.Helper()
	name := any(id)
	if id == "" {
		name = nil
	}
	Eval[bool](tab, `app.start(`+quoted(name)+`,`+quoted(a.options(more))+`)`)
}

// AwaitPeer waits until the page's peer has told that.
func (tab *Tab) AwaitPeer(what string) {
	tab.t.Helper()
	tab.Await("the peer's "+what, `app.facts.peer.some((fact) => fact.startsWith(`+quoted(what)+`))`)
}

// Connect connects the page's peer with another.
func (tab *Tab) Connect(to, label string, options map[string]any) {
	tab.t.Helper()
	Eval[bool](tab, `app.connect(`+quoted(to)+`,`+quoted(label)+`,`+quoted(options)+`)`)
}

// AwaitOpen waits until a connection of the page's is open.
func (tab *Tab) AwaitOpen(label string) {
	tab.t.Helper()
	tab.Await("the connection "+label, `app.open(`+quoted(label)+`)`)
}

func quoted(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
