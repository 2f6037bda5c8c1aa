package browser_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/link"
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
	browser context.Context
}

// New starts a hub and Chromium; both end with the test.
func New(t testing.TB, flags ...chromedp.ExecAllocatorOption) *Bench {
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
	b := &Bench{t: t, URL: startHub(t), browser: browser}
	if err := chromedp.Do(browser); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return b
}

// startHub serves a hub with pages and STUN until the test ends.
func startHub(t testing.TB) string {
	t.Helper()
	udp, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := hub.New(hub.Config{
		Pages: web.Handler(),
		ICE: func(string) []plotbeam.ICEServer {
			return []plotbeam.ICEServer{{URLs: []string{"stun:" + udp.LocalAddr().String()}}}
		},
	})
	ctx, stop := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	for _, run := range []func(context.Context) error{h.Run, turnserver.New(udp, turnserver.Config{}).Run} {
		parts.Go(func() {
			if err := run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	server := httptest.NewServer(h)
	t.Cleanup(func() {
		stop()
		parts.Wait()
		server.CloseClientConnections()
		server.Close()
	})
	<-h.Ready()
	return server.URL
}

// Device starts a device in Go, which ends with the test.
func (b *Bench) Device(c device.Config) *device.Device {
	b.t.Helper()
	c.Hub, c.Client, c.Link = b.URL, http.DefaultClient, link.Config{Loopback: true}
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
const collect = `
window.received = {};
document.addEventListener("plotbeam:columns", ({detail: {columns, schema}}) => {
  for (const {series, times, values} of columns) {
    const one = window.received[schema.series[series].name] ??= {times: [], values: []};
    one.times.push(...times);
    one.values.push(...values);
  }
});`

// Open opens a page of the hub in a new tab, after running the scripts in it.
func (b *Bench) Open(path string, scripts ...string) *Tab {
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
	tab.do(chromedp.Navigate(b.URL + path))
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

// Eval gives the value of a script.
func Eval[T any](tab *Tab, script string) T {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		tab.t.Fatalf("%s: %v", script, err)
	}
	return v
}

// Await waits until a script says true.
func (tab *Tab) Await(what, script string) {
	tab.t.Helper()
	tab.AwaitFor(patience, what, script)
}

// AwaitFor waits for no longer than within.
func (tab *Tab) AwaitFor(within time.Duration, what, script string) {
	tab.t.Helper()
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for begun := time.Now(); !Eval[bool](tab, script); <-tick.C {
		if time.Since(begun) > within {
			tab.t.Fatalf("waited %v for %s; the page says:\n%s", within, what, Eval[string](tab, `document.body.innerText`))
		}
	}
}

// Series is what a Remote Client has received of one series.
type Series struct {
	Times  []float64 `json:"times"` // µs since 1970
	Values []float64 `json:"values"`
}

// Received gives all that a Remote Client has received of a series.
func (tab *Tab) Received(series string) Series {
	tab.t.Helper()
	return Eval[Series](tab, `window.received["`+series+`"] ?? {times: [], values: []}`)
}
