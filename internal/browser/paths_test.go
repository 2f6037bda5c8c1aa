package browser_test

import (
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/pion/transport/v4"
	"github.com/pion/transport/v4/stdnet"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/link"
)

const (
	pace    = 10 * time.Millisecond  // between two readings
	noStall = 250 * time.Millisecond // that a viewer whose path lives does without readings, at most
)

// flowing publishes the numbers from 0 on, one every 10 ms, until the returned
// function is called, which tells how many there were.
func flowing(t *testing.T, d *device.Device) (stop func() int) {
	t.Helper()
	quit, done := make(chan struct{}), make(chan int, 1)
	begun := time.Now().Truncate(time.Microsecond)
	go func() {
		tick := time.NewTicker(pace)
		defer tick.Stop()
		n := 0
		for {
			select {
			case <-tick.C:
			case <-quit:
				done <- n
				return
			}
			for ; n < int(time.Since(begun)/pace); n++ {
				d.Publish(plotbeam.Reading{Series: "n", Time: begun.Add(time.Duration(n) * pace), Value: float64(n)})
			}
		}
	}()
	var once atomic.Bool
	stop = func() int {
		if once.Swap(true) {
			return 0
		}
		close(quit)
		return <-done
	}
	t.Cleanup(func() { stop() })
	return stop
}

// whole checks that a Remote Client has the numbers from its first one to n-1,
// each once and in order, and lost none.
func whole(tab *Tab, n int) {
	tab.t.Helper()
	last := `(v => v[v.length - 1])(window.received.n?.values ?? [])`
	tab.Await("the last number", last+` === `+strconv.Itoa(n-1))
	tab.Await("nothing missing", `document.getElementById("main").dataset.skipped === "0"`)
	got := tab.Received("n").Values
	for i, v := range got {
		if v != got[0]+float64(i) {
			tab.t.Fatalf("number %d is %v, after %v", i, v, got[i-1])
		}
	}
	if lost, breaks := tab.Fact("lost"), tab.Fact("breaks"); lost != "0" || breaks != "0" {
		tab.t.Errorf("the page says that it lost %s frames, with %s breaks", lost, breaks)
	}
}

// stall is the longest time from one frame of a series to the next, since a moment.
func stall(tab *Tab, series string, since time.Time) time.Duration {
	tab.t.Helper()
	var longest, before float64
	for _, arrival := range tab.Received(series).Arrivals {
		if before > 0 && arrival[0] >= float64(since.UnixMilli()) {
			longest = max(longest, arrival[0]-before)
		}
		before = arrival[0]
	}
	return time.Duration(longest * float64(time.Millisecond))
}

// pause is the longest time that a page did not run, since a moment.
func (tab *Tab) pause(since time.Time) time.Duration {
	tab.t.Helper()
	var longest float64
	for _, one := range Eval[[][2]float64](tab, `window.pauses`) {
		if one[0] >= float64(since.UnixMilli()) {
			longest = max(longest, one[1])
		}
	}
	return time.Duration(longest * float64(time.Millisecond))
}

// undisturbed checks that an event did not stop a viewer on a link, but for
// what the machine took from the pages: it may be busy with other tests.
func undisturbed(tab *Tab, series string, event time.Time, pages ...*Tab) {
	tab.t.Helper()
	longest, busy := stall(tab, series, event), tab.pause(event)
	for _, page := range pages {
		busy += page.pause(event)
	}
	tab.t.Logf("longest stall on the link %v, of which the pages did not run for up to %v", longest, busy)
	if longest > noStall+busy {
		tab.t.Errorf("the viewer on a link had nothing for %v", longest)
	}
}

// The first readings come over the relay, before there is a link.
func TestRelayFirst(t *testing.T) {
	b := New(t)
	d := b.Device(device.Config{ID: "psu"})
	stop := flowing(t, d)
	remote := b.Open("/remote/psu", `
		const describe = RTCPeerConnection.prototype.setLocalDescription;
		RTCPeerConnection.prototype.setLocalDescription = async function () {
			await new Promise((done) => setTimeout(done, 1500));
			return describe.call(this);
		}`)
	remote.streaming("n", 20)
	remote.AwaitFact("path", "relay")
	if why := remote.Fact("why"); why != "a direct path is being opened" {
		t.Errorf("it is not direct because %q", why)
	}
	remote.AwaitFact("path", "direct")
	switched := time.Now().Add(-500 * time.Millisecond)
	remote.streaming("n", 400)
	remote.Await("the device's clock", `Math.abs(Number(document.getElementById("main").dataset.ahead)) < 20e3 && Number(document.getElementById("main").dataset.error) > 0`)
	whole(remote, stop())
	if s := stall(remote, "n", switched); s > noStall {
		t.Errorf("a stall of %v when the path changed", s)
	}
	t.Logf("paths %s, %s repeated, longest stall %v", Eval[string](remote, `window.paths.join(" ")`), remote.Fact("repeated"), stall(remote, "n", switched))
}

// A direct stream goes to the page's worker and past the page; a browser that
// does not hand channels over has it all the same.
func TestChannelsHandedOver(t *testing.T) {
	b := New(t)
	d := b.Device(device.Config{ID: "psu"})
	stop := flowing(t, d)
	const count = `
		window.passed = 0;
		const make = RTCPeerConnection.prototype.createDataChannel;
		RTCPeerConnection.prototype.createDataChannel = function (...of) {
			const channel = make.apply(this, of);
			channel.addEventListener("message", () => window.passed++);
			return channel;
		};`
	handing := b.Open("/remote/psu", count)
	keeping := b.Open("/remote/psu", count, `
		const post = Worker.prototype.postMessage;
		Worker.prototype.postMessage = function (message, ...how) {
			if (message.type === "channels") throw new DOMException("a channel could not be cloned", "DataCloneError");
			return post.call(this, message, ...how);
		};`)
	for _, page := range []*Tab{handing, keeping} {
		page.AwaitFact("path", "direct")
		page.streaming("n", 300)
	}
	n := stop()
	for _, page := range []*Tab{handing, keeping} {
		whole(page, n)
	}
	if passed := Eval[int](handing, `window.passed`); passed != 0 {
		t.Errorf("%d messages went over the page", passed)
	}
	if passed := Eval[int](keeping, `window.passed`); passed == 0 {
		t.Error("nothing went over the page that keeps its channels")
	}
}

// A page that stands still, in a dialogue say, goes on taking what comes directly, and the device hears of it.
func TestPageStandsStill(t *testing.T) {
	b := New(t)
	d := b.Device(device.Config{ID: "psu"})
	stop := flowing(t, d)
	remote := b.Open("/remote/psu")
	remote.AwaitFact("path", "direct")
	remote.streaming("n", 200)
	heard := make(chan int)
	go func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		lags := map[time.Duration]bool{}
		for i := range 50 {
			if <-tick.C; i < 20 {
				continue // until the page stands still
			}
			for _, viewer := range d.Viewers() {
				lags[viewer.Lag] = true // which is another with each ack
			}
		}
		heard <- len(lags)
	}()
	Eval[bool](remote, `(() => { for (const until = performance.now() + 3000; performance.now() < until; ); return true; })()`)
	if n := <-heard; n < 2 {
		t.Errorf("the device heard nothing of a page that stood still")
	}
	whole(remote, stop())
}

// A browser as people have it, which hides its own addresses behind names of
// mDNS, goes direct by the device's candidates and the hub's STUN.
func TestAddressesHidden(t *testing.T) {
	b := New(t, chromedp.Flag("disable-features", false))
	d := b.Device(device.Config{ID: "psu"})
	stop := flowing(t, d)
	remote := b.Open("/remote/psu", `
		window.told = [];
		const send = WebSocket.prototype.send;
		WebSocket.prototype.send = function (data) {
			if (typeof data === "string" && data.includes('"signal"')) window.told.push(data);
			return send.call(this, data);
		}`)
	remote.AwaitFact("path", "direct")
	remote.streaming("n", 200)
	whole(remote, stop())
	told := strings.Join(Eval[[]string](remote, `window.told`), "\n")
	if regexp.MustCompile(`candidate:\S+ \d udp \d+ [0-9a-f.:]+ \d+ typ host`).MatchString(told) {
		t.Errorf("the browser hides nothing:\n%s", told)
	}
	if !strings.Contains(told, "typ srflx") {
		t.Errorf("the browser has asked no STUN server:\n%s", told)
	}
}

// A hub that is killed and comes back 2 s later is nothing to a viewer on a
// link, and costs one on the relay the time that it was away.
func TestHubKilled(t *testing.T) {
	b := New(t)
	d := b.Device(device.Config{ID: "psu"})
	stop := flowing(t, d)
	direct, relayed := b.Open("/remote/psu"), b.Open("/remote/psu?path=relay")
	direct.AwaitFact("path", "direct")
	relayed.AwaitFact("path", "relay")
	relayed.streaming("n", 100)
	direct.streaming("n", 100)
	killed := time.Now()
	b.Hub.Kill()
	time.Sleep(2 * time.Second)
	b.Hub.Start()
	relayed.AwaitFact("path", "")
	relayed.AwaitFact("path", "relay")
	direct.Await("the hub", `document.getElementById("main").dataset.phase === "live"`)
	time.Sleep(2 * time.Second)
	n := stop()
	whole(direct, n)
	whole(relayed, n)
	undisturbed(direct, "n", killed)
	if repeated := direct.Fact("repeated"); repeated != "0" {
		t.Logf("%s frames were dropped as repeated on the link", repeated)
	}
	if s := stall(relayed, "n", killed); s > 3500*time.Millisecond {
		t.Errorf("the viewer on the relay had nothing for %v", s)
	}
	t.Logf("longest stall on the relay %v", stall(relayed, "n", killed))
}

// UDP that is blocked in mid-stream, for good: the relay takes over.
func TestUDPBlocked(t *testing.T) {
	b := New(t)
	wall := &firewall{Net: plainNet(t)}
	d := b.Device(device.Config{ID: "psu", Link: link.Config{Net: wall}})
	stop := flowing(t, d)
	remote := b.Open("/remote/psu")
	remote.AwaitFact("path", "direct")
	remote.streaming("n", 200)
	blocked := time.Now()
	wall.blocked.Store(true)
	remote.AwaitFact("path", "relay")
	time.Sleep(time.Second)
	took := stall(remote, "n", blocked)
	remote.Await("the reason", `document.getElementById("why").innerText.includes("a firewall may block UDP")`)
	whole(remote, stop())
	if took > 700*time.Millisecond+remote.pause(blocked) {
		t.Errorf("nothing came for %v", took)
	}
	t.Logf("longest stall %v, %s repeated", took, remote.Fact("repeated"))
}

// A device whose places are all taken refuses a link, and invites when one is free.
func TestRefusedAndInvited(t *testing.T) {
	b := New(t)
	d := b.Device(device.Config{ID: "psu", MaxDirect: 1})
	stop := flowing(t, d)
	first := b.Open("/remote/psu")
	first.AwaitFact("path", "direct")
	first.streaming("n", 50)
	joins := time.Now()
	second := b.Open("/remote/psu")
	second.Await("the refusal", `document.getElementById("why").innerText.includes("places are taken")`)
	second.AwaitFact("path", "relay")
	second.streaming("n", 100)
	undisturbed(first, "n", joins)
	first.Close()
	second.AwaitFor(4*time.Second, "a direct path", `document.getElementById("main").dataset.path === "direct"`)
	whole(second, stop())
}

// A page is a device to viewers on the relay, too, and lists how they come.
func TestPageRelays(t *testing.T) {
	b := New(t)
	iot, id := start(b, 10)
	relayed := b.Open("/remote/" + id + "?path=relay")
	direct := b.Open("/remote/" + id)
	relayed.AwaitFact("path", "relay")
	direct.AwaitFact("path", "direct")
	relayed.streaming("number", 300)
	direct.streaming("number", 300)
	iot.Await("both paths in the list", `(t => /relay · \d+ ms/.test(t) && /direct · \d+ ms/.test(t))(document.getElementById("clients").innerText)`)
	killed := time.Now()
	b.Hub.Kill()
	time.Sleep(time.Second)
	b.Hub.Start()
	relayed.AwaitFact("path", "")
	relayed.AwaitFact("path", "relay")
	for _, tab := range []*Tab{relayed, direct} {
		before := len(tab.Received("number").Times)
		tab.streaming("number", before+200)
		even(t, tab.Received("number").Times, pace)
		if lost := tab.Fact("lost"); lost != "0" {
			t.Errorf("%s frames were lost", lost)
		}
	}
	undisturbed(direct, "number", killed, iot)
}

// Of a link that loses every fifth packet of what the device sends, nothing is
// missing in the end, and no loss holds back what comes after it for long.
func TestLossyLink(t *testing.T) {
	b := New(t)
	wall := &firewall{Net: plainNet(t)}
	d := b.Device(device.Config{ID: "psu", Link: link.Config{Net: wall}})
	stop := flowing(t, d)
	remote := b.Open("/remote/psu?path=direct")
	remote.AwaitFact("path", "direct")
	remote.streaming("n", 200)
	begun := time.Now()
	wall.drops.Store(5)
	time.Sleep(6 * time.Second)
	s, late := stall(remote, "n", begun), remote.Fact("late")
	wall.drops.Store(0)
	whole(remote, stop())
	if s > time.Second {
		t.Errorf("nothing came for %v", s)
	}
	t.Logf("%d packets sent, longest stall %v, %s frames late, %s repeated", wall.sent.Load(), s, late, remote.Fact("repeated"))
}

// firewall is this machine's network, until it lets no UDP through, or only a
// part of what is sent.
type firewall struct {
	transport.Net
	blocked atomic.Bool
	drops   atomic.Int64 // one packet of so many; 0 is none
	sent    atomic.Int64
}

func plainNet(t *testing.T) transport.Net {
	t.Helper()
	n, err := stdnet.NewNet()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (w *firewall) ListenUDP(network string, local *net.UDPAddr) (transport.UDPConn, error) {
	c, err := w.Net.ListenUDP(network, local)
	if err != nil {
		return nil, err
	}
	return walled{c, w}, nil
}

// walled is a socket behind the firewall.
type walled struct {
	transport.UDPConn
	wall *firewall
}

func (c walled) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := c.UDPConn.ReadFrom(b)
		if err != nil || !c.wall.blocked.Load() {
			return n, from, err
		}
	}
}

func (c walled) WriteTo(b []byte, to net.Addr) (int, error) {
	n, drops := c.wall.sent.Add(1), c.wall.drops.Load()
	if c.wall.blocked.Load() || drops > 0 && n%drops == 0 {
		return len(b), nil
	}
	return c.UDPConn.WriteTo(b, to)
}

// A page dials once: what is said for it while it is under way is what it would
// say itself, whatever its address asks for, and after a reload, too.
func TestOneSocket(t *testing.T) {
	b := New(t)
	flowing(t, b.Device(device.Config{ID: "psu"}))
	for _, query := range []string{"", "?window=30s", "?window=5min", "?path=relay", "?from=2026-01-01T00:00:00Z", "?embed"} {
		remote := b.Open("/remote/psu"+query, `
			window.dialled = 0;
			window.WebSocket = class extends WebSocket {
				constructor(...of) {
					super(...of);
					window.dialled++;
				}
			};`)
		once := func(when string) {
			t.Helper()
			remote.streaming("n", 20)
			if n := Eval[int](remote, `window.dialled`); n != 1 {
				t.Errorf("%q, %s: it dialled %d times", query, when, n)
			}
		}
		once("new")
		remote.Reload()
		once("reloaded")
		remote.Close()
	}
}
