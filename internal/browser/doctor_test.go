package browser_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/plotbeam/plotbeam/device"
)

const (
	checkConnection = "Check the connection"
	theConnection   = "The connection"
)

// noted keeps what a page copies.
const noted = `navigator.clipboard.writeText = async (text) => { window.copied = text; };`

// diagnosed waits for the doctor's last sentence, and gives all that it says.
func diagnosed(tab *Tab, sentence string) string {
	tab.t.Helper()
	return tab.AwaitText("dialog", theConnection, sentence, func(text string) bool { return strings.Contains(text, sentence) })
}

// says checks that a text has lines like these, in this order.
func says(t *testing.T, text string, lines ...string) {
	t.Helper()
	if !regexp.MustCompile(`(?s)` + strings.Join(lines, `.*`)).MatchString(text) {
		t.Errorf("want %s in:\n%s", strings.Join(lines, "\n"), text)
	}
}

// All is well: every hop is.
func TestDoctorAllWell(t *testing.T) {
	b := NewTURN(t)
	d := b.Device(device.Config{ID: "psu"})
	flowing(t, d)
	remote := b.Open("/remote/psu", noted)
	remote.Await("a direct path and its lag", `(d => d.path === "direct" && d.lag !== "")(document.getElementById("main").dataset)`)
	remote.PressNamed("button", checkConnection)
	said := diagnosed(remote, "Readings come directly.")
	says(t, said,
		`Hub, over HTTP\s+ok · [\d.]+ m?s\s+http://127\.0\.0\.1:\d+ answers; live devices: 1`,
		`WebSocket\s+ok · [\d.]+ m?s\s+the hub says welcome`,
		`Clock\s+ok · [\d.]+ m?s\s+this machine's clock is (.* )?the hub's, give or take`,
		`STUN\s+ok · [\d.]+ m?s\s+stun:127\.0\.0\.1:\d+ sees this machine as `,
		`TURN over UDP\s+ok · [\d.]+ m?s\s+turn:127\.0\.0\.1:\d+\?transport=udp carries there and back`,
		`TURN over TCP\s+ok · [\d.]+ m?s\s+turn:127\.0\.0\.1:\d+\?transport=tcp carries there and back`,
		`TURN over TLS\s+not used\s+the hub offers none`,
		`Relay, through the hub\s+ok\s+the hub has carried this stream`,
		`Direct, from the device\s+ok\s+readings come directly from psu, [\d.]+ m?s old`,
	)
	if strings.Contains(said, "failed") {
		t.Errorf("something has failed:\n%s", said)
	}
	remote.PressNamed("button", "Copy as text")
	remote.Await("the text that was copied", `window.copied !== undefined`)
	says(t, Eval[string](remote, `window.copied`),
		`ok     hub +[\d.]+ m?s  http://`, `\nok     turn-tcp +`, `\n-      turn-tls +the hub offers none\n`, `\nok     direct +readings`, `\n\nReadings come directly\.\n`)
	remote.PressNamed("button", "Close")
	remote.AwaitText("dialog", theConnection, "no dialog", func(text string) bool { return text == "" })
	before := len(remote.Received("n").Values)
	remote.streaming("n", before+50)
	if lost := remote.Fact("lost"); lost != "0" {
		t.Errorf("%s frames were lost while the doctor looked", lost)
	}
}

// UDP is blocked at the hub, which leaves TURN over TCP; and at the device, which leaves the relay.
func TestDoctorUDPBlocked(t *testing.T) {
	t.Parallel()
	b := NewTURN(t)
	b.Hub.deaf.Store(true)
	d := b.Device(device.Config{ID: "psu"})
	flowing(t, d)
	remote := b.Open("/remote/psu", noUDPLink)
	remote.Await("the reason", `document.getElementById("why").innerText.includes("a firewall may block UDP")`)
	remote.PressNamed("button", "no direct path works: a firewall may block UDP")
	said := diagnosed(remote, "Readings come, but only through the hub: UDP does not get out.")
	says(t, said,
		`WebSocket\s+ok`,
		`STUN\s+failed\s+stun:127\.0\.0\.1:\d+: no answer\s+UDP to port \d+ is blocked, here or at the hub: viewers will use the relay; open it for direct streams\n`,
		`TURN over UDP\s+failed\s+turn:127\.0\.0\.1:\d+\?transport=udp: no answer`,
		`TURN over TCP\s+ok`,
		`Relay, through the hub\s+ok\s+readings come through the hub`,
		`Direct, from the device\s+failed\s+no direct path works: a firewall may block UDP`,
	)
	b.Hub.deaf.Store(false)
	remote.PressNamed("button", "Check again")
	says(t, diagnosed(remote, "Readings come, but only through the hub."), `STUN\s+ok`, `TURN over UDP\s+ok`, "run `plotbeam doctor` at the device, too")
}

// noUDPLink leaves a page's links to devices without candidates, and lets the doctor ask servers.
const noUDPLink = `
const make = RTCPeerConnection.prototype.createDataChannel;
RTCPeerConnection.prototype.createDataChannel = function (label, options) {
  if (label === "frames") this.addIceCandidate = async () => {}, Object.defineProperty(this, "onicecandidate", {set() {}});
  return make.call(this, label, options);
};`

// A hub that is gone: the stream goes on, and the doctor, which is loaded when somebody first touches the page, says what is missing.
func TestDoctorHubGone(t *testing.T) {
	b := New(t)
	flowing(t, b.Device(device.Config{ID: "psu"}))
	remote := b.Open("/remote/psu")
	remote.AwaitFact("path", "direct")
	remote.do(chromedp.MouseClickXY(5, 5))
	remote.Await("the doctor", `performance.getEntriesByType("resource").some(({ name, responseEnd }) => name.endsWith("/checkup.js") && responseEnd > 0)`)
	b.Hub.Kill()
	remote.PressNamed("button", checkConnection)
	said := diagnosed(remote, "Readings still come from psu itself, but the hub cannot be reached: who is not here cannot come.")
	says(t, said, `Hub, over HTTP\s+failed\s+http://127\.0\.0\.1:\d+ cannot be reached\s+is the hub running, and are you online\?`, `Direct, from the device\s+ok`)
	if strings.Contains(said, "STUN") {
		t.Errorf("what could not be looked at is listed:\n%s", said)
	}
}

// The page with all that it loads by itself is small, and so is what comes when
// somebody touches it; it asks nobody but the hub.
func TestPageWeighsLittle(t *testing.T) {
	const most = 40_000 // bytes, compressed
	b := New(t)
	flowing(t, b.Device(device.Config{ID: "psu"}))
	remote := b.Open("/remote/psu")
	remote.streaming("n", 10)
	remote.Await("two seconds to pass", `performance.now() > 2000`)
	loaded := Eval[[]struct {
		Name string  `json:"name"`
		Size float64 `json:"encodedBodySize"`
	}](remote, `[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].map(({name, encodedBodySize}) => ({name, encodedBodySize}))`)
	sum := 0.0
	for _, one := range loaded {
		if sum += one.Size; !strings.HasPrefix(one.Name, b.URL+"/") {
			t.Errorf("the page has loaded %s", one.Name)
		}
	}
	t.Logf("%v bytes in %d files", sum, len(loaded))
	if sum > most || len(loaded) < 3 {
		t.Errorf("the page loads %v bytes in %d files, and may load %d", sum, len(loaded), most)
	}
}
