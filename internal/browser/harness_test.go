package browser_test

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/link"
	"github.com/plotbeam/plotbeam/peerjs"
	"github.com/plotbeam/plotbeam/turnserver"
	"github.com/plotbeam/plotbeam/viewer"
	"github.com/plotbeam/plotbeam/web"
)

// patience is how long a test waits for anything before it fails.
const patience = 30 * time.Second

// find gives the path of Chromium, or skips or fails the test.
func find(t testing.TB) string {
	t.Helper()
	for _, name := range []string{os.Getenv("PLOTBEAM_BROWSER"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	if os.Getenv("PLOTBEAM_REQUIRE_BROWSER") != "" {
		t.Fatal("no Chromium in PATH: install it, or name it in PLOTBEAM_BROWSER")
	}
	t.Skip("no Chromium in PATH")
	return ""
}

// Bench is a hub with its pages and a browser.
type Bench struct {
	t       testing.TB
	URL     string
	Hub     *Hub
	browser context.Context
}

// New starts a hub and Chromium; both end with the test.
func New(t testing.TB, flags ...chromedp.ExecAllocatorOption) *Bench {
	t.Helper()
	return withHub(t, &Hub{}, flags...)
}

// NewTURN is New with a hub that offers TURN, too.
func NewTURN(t testing.TB, flags ...chromedp.ExecAllocatorOption) *Bench {
	t.Helper()
	return withHub(t, &Hub{turn: true}, flags...)
}

func withHub(t testing.TB, h *Hub, flags ...chromedp.ExecAllocatorOption) *Bench {
	t.Helper()
	if testing.Short() {
		t.Skip("browser tests take their time")
	}
	options := append([]chromedp.ExecAllocatorOption{
		chromedp.ExecPath(find(t)),
		chromedp.NoFirstRun, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("headless", "new"),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		// Two pages on this machine have no other way to each other's addresses.
		chromedp.Flag("disable-features", "WebRtcHideLocalIpsWithMdns"),
		chromedp.WindowSize(1280, 800),
		chromedp.WSURLReadTimeout(patience),
	}, flags...)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	browser, end := chromedp.NewContext(allocator)
	t.Cleanup(end)
	h.t, h.address = t, "127.0.0.1:0"
	h.Start()
	t.Cleanup(func() { h.Kill() })
	b := &Bench{t: t, Hub: h, browser: browser}
	b.URL = "http://" + b.Hub.address
	if err := chromedp.Do(browser); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return b
}

// Hub is a hub with pages, STUN and perhaps TURN that can be killed, and come back.
type Hub struct {
	t       testing.TB
	address string // host:port, the same each time
	turn    bool
	deaf    atomic.Bool // to UDP
	kill    func()
}

// Start serves at the address that the hub had before.
func (h *Hub) Start() {
	h.t.Helper()
	listener, err := net.Listen("tcp4", h.address)
	if err != nil {
		h.t.Fatal(err)
	}
	h.address = listener.Addr().String()
	packets, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	udp, tcp := packets.LocalAddr().String(), ""
	config := turnserver.Config{Packets: deafened{packets, &h.deaf}}
	if h.turn {
		if config.Listener, err = net.Listen("tcp4", "127.0.0.1:0"); err != nil {
			h.t.Fatal(err)
		}
		tcp = config.Listener.Addr().String()
		config.Relayed = []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	}
	helper := turnserver.New(config)
	served := hub.New(hub.Config{
		Pages: web.Handler(),
		ICE: func(_, id string) []plotbeam.ICEServer {
			all := []plotbeam.ICEServer{{URLs: []string{"stun:" + udp}}}
			if h.turn {
				one := plotbeam.ICEServer{URLs: []string{"turn:" + udp + "?transport=udp", "turn:" + tcp + "?transport=tcp"}}
				one.Username, one.Credential = helper.Credential(id)
				all = append(all, one)
			}
			return all
		},
	})
	if err := peerjs.Mount(served, peerjs.Config{Discovery: true}); err != nil {
		h.t.Fatal(err)
	}
	var sockets sync.Map // of conns that the server no longer knows
	server := &http.Server{Handler: served, ConnState: func(c net.Conn, state http.ConnState) {
		if state == http.StateHijacked {
			sockets.Store(c, nil)
		}
	}}
	ctx, stop := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	for _, run := range []func(context.Context) error{served.Run, helper.Run} {
		parts.Go(func() {
			if err := run(ctx); err != nil {
				h.t.Error(err)
			}
		})
	}
	parts.Go(func() { server.Serve(listener) }) // until it is closed
	h.kill = sync.OnceFunc(func() {
		server.Close()
		sockets.Range(func(c, _ any) bool { c.(net.Conn).Close(); return true })
		stop()
		parts.Wait()
	})
	<-served.Ready()
}

// deafened hears no packets while it is told so.
type deafened struct {
	net.PacketConn
	deaf *atomic.Bool
}

func (c deafened) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := c.PacketConn.ReadFrom(b)
		if err != nil || !c.deaf.Load() {
			return n, from, err
		}
	}
}

func (h *Hub) hostPort() (host string, port int) {
	at := netip.MustParseAddrPort(h.address)
	return at.Addr().String(), int(at.Port())
}

// Kill ends the hub without a word to anybody.
func (h *Hub) Kill() { h.kill() }

// Device starts a device in Go, which ends with the test.
func (b *Bench) Device(c device.Config) *device.Device {
	b.t.Helper()
	c.Hub, c.Client, c.Link.Loopback = b.URL, http.DefaultClient, true
	d, err := device.New(c)
	if err != nil {
		b.t.Fatal(err)
	}
	b.background(d.Run)
	return d
}

// Viewer starts a viewer in Go, which ends with the test.
func (b *Bench) Viewer(c viewer.Config) *viewer.Viewer {
	b.t.Helper()
	c.Hub, c.Client, c.Link = b.URL, http.DefaultClient, link.Config{Loopback: true}
	v, err := viewer.New(c)
	if err != nil {
		b.t.Fatal(err)
	}
	b.background(v.Run)
	return v
}

func (b *Bench) background(run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := run(ctx); err != nil {
			b.t.Logf("ended by itself: %v", err)
		}
	}()
	b.t.Cleanup(func() { cancel(); <-done })
}

// Tab is one page in the browser.
type Tab struct {
	t   testing.TB
	ctx context.Context
	// Close closes the tab as a person would.
	Close func()
}

// collect keeps what the Remote Client announces of each frame; see remote.ts.
// Frames that are late go where their times belong. It also keeps when the page
// itself did not run for a while, because the machine is busy with other things.
const collect = `
window.plotbeamColumns = true;
window.received = {};
window.paths = [];
window.pauses = [];
addEventListener("load", () => {
  let last = performance.now();
  new Worker("/assets/ticker.js", {type: "module"}).onmessage = () => {
    const now = performance.now();
    if (now - last > 30) window.pauses.push([performance.timeOrigin + now, now - last]);
    last = now;
  };
});
document.addEventListener("plotbeam:columns", ({detail: {columns, schema, late, path}}) => {
  if (window.paths.at(-1) !== path) window.paths.push(path);
  for (const {series, times, values} of columns) {
    const one = window.received[schema.series[series].name] ??= {times: [], values: [], arrivals: []};
    let at = one.times.length;
    while (late && at > 0 && one.times[at - 1] > times[0]) at--;
    one.times.splice(at, 0, ...times);
    one.values.splice(at, 0, ...values);
    one.arrivals.push([performance.timeOrigin + performance.now(), times.length]);
  }
});`

// Open opens a page of the hub in a new tab, after running the scripts in it.
func (b *Bench) Open(path string, scripts ...string) *Tab {
	b.t.Helper()
	return b.OpenURL(b.URL+path, scripts...)
}

// OpenURL opens any page.
func (b *Bench) OpenURL(url string, scripts ...string) *Tab {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.browser)
	b.t.Cleanup(cancel)
	tab := &Tab{t: b.t, ctx: ctx, Close: cancel}
	if err := chromedp.Do(ctx); err != nil { // makes the tab, which lives as long as this context
		b.t.Fatal(err)
	}
	tab.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		for _, script := range append(scripts, collect) {
			params := page.AddScriptToEvaluateOnNewDocumentParams{Source: script}
			if _, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, params); err != nil {
				return err
			}
		}
		return nil
	}))
	tab.do(chromedp.Navigate(url))
	return tab
}

func (tab *Tab) do(steps ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		tab.t.Fatal(err)
	}
}

// Press clicks the button with that id.
func (tab *Tab) Press(id string) { tab.t.Helper(); tab.do(chromedp.Click(chromedp.CSS("#" + id))) }

// Fill puts a value into the field with that id, as if it was typed.
func (tab *Tab) Fill(id, value string) {
	tab.t.Helper()
	Eval[bool](tab, `document.getElementById("`+id+`").select(), true`)
	field := chromedp.CSS("#" + id)
	tab.do(chromedp.SendKeys(field, value), chromedp.Blur(field))
}

// Reload loads the page anew.
func (tab *Tab) Reload() { tab.t.Helper(); tab.do(chromedp.Reload()) }

// Fact is what a page knows, by the name of its data attribute.
func (tab *Tab) Fact(name string) string {
	tab.t.Helper()
	return Eval[string](tab, `document.getElementById("main").dataset["`+name+`"] ?? ""`)
}

// AwaitFact waits until the page knows that.
func (tab *Tab) AwaitFact(name, value string) {
	tab.t.Helper()
	tab.Await(name+" "+value, `document.getElementById("main").dataset["`+name+`"] === "`+value+`"`)
}

// Eval gives the value of a script.
func Eval[T any](tab *Tab, script string) T {
	tab.t.Helper()
	v, err := evaluate[T](tab, script)
	if err != nil {
		tab.t.Fatalf("%s: %v", script, err)
	}
	return v
}

func evaluate[T any](tab *Tab, script string) (T, error) {
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
}

// Await waits until a script says true.
func (tab *Tab) Await(what, script string) {
	tab.t.Helper()
	tab.AwaitFor(patience, what, script)
}

// AwaitFor waits for no longer than within. A page may go while it is asked, and
// another come.
func (tab *Tab) AwaitFor(within time.Duration, what, script string) {
	tab.t.Helper()
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for begun := time.Now(); ; <-tick.C {
		good, err := evaluate[bool](tab, script)
		if err != nil && !strings.Contains(err.Error(), "navigated or closed") {
			tab.t.Fatalf("%s: %v", script, err)
		}
		if good {
			return
		}
		if time.Since(begun) > within {
			tab.t.Fatalf("waited %v for %s; the page says:\n%s", within, what, Eval[string](tab, `document.body.innerText`))
		}
	}
}

// Series is what a Remote Client has received of one series.
type Series struct {
	Times    []float64    `json:"times"` // µs since 1970
	Values   []float64    `json:"values"`
	Arrivals [][2]float64 `json:"arrivals"` // of each frame: ms since 1970, readings
}

// Received gives all that a Remote Client has received of a series.
func (tab *Tab) Received(series string) Series {
	tab.t.Helper()
	return Eval[Series](tab, `window.received["`+series+`"] ?? {times: [], values: [], arrivals: []}`)
}
