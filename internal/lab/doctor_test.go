package lab_test

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/doctor"
	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/internal/lab"
	"github.com/plotbeam/plotbeam/link"
	"github.com/plotbeam/plotbeam/turnserver"
)

// examine is what doctor says on a host.
func examine(t *testing.T, h *lab.Host) doctor.Report {
	t.Helper()
	told := 0
	r := doctor.New(doctor.Config{
		Hub: lab.URL, Client: h.Client, Link: link.Config{Net: h.Net()},
		OnCheck: func(doctor.Check) { told++ },
	}).Run(t.Context())
	if told != len(r.Checks) {
		t.Errorf("%d checks were told, the report has %d", told, len(r.Checks))
	}
	return r
}

// STUN and TURN on the hub, and a second STUN server, without which the kind of
// a NAT cannot be known.
func twoSTUNs(t *testing.T, l *lab.Lab) (stop func()) {
	t.Helper()
	conn, err := l.HubHost().Net().ListenUDP("udp4", &net.UDPAddr{Port: 3479})
	if err != nil {
		t.Fatal(err)
	}
	return l.Go(turnserver.New(turnserver.Config{Packets: conn}).Run)
}

func iceWith(extra string) func(host, id string) []plotbeam.ICEServer {
	return func(host, id string) []plotbeam.ICEServer {
		return append([]plotbeam.ICEServer{{URLs: []string{extra}}}, lab.TURN(host, id)...)
	}
}

func TestDoctor(t *testing.T) {
	second, silent := iceWith("stun:1.2.3.4:3479"), iceWith("stun:1.2.3.4:3480")
	noTURN := func(_, _ string) []plotbeam.ICEServer { return lab.STUN() }
	const (
		well    = "hub ok, socket ok, clock ok, stun ok, nat ok, turn-udp ok, turn-tcp none, turn-tls none, relay ok, direct ok"
		blocked = "hub ok, socket ok, clock ok, stun failed, nat none, turn-udp failed, turn-tcp none, turn-tls none, relay ok, direct failed"
	)
	for _, c := range []struct {
		name    string
		hub     hub.Config
		nat     lab.NAT
		noUDP   bool
		want    string
		path    string
		summary string
		says    []string // somewhere among the words and hints
	}{
		{"all well", hub.Config{ICE: second, Version: "v1"}, lab.Open, false, well, "direct",
			"Streams flow: through the hub at once, and directly as soon as a direct path opens.",
			[]string{"its version: v1", "nat: none: the outside sees this machine's own address", "clock: this machine's clock is the hub's"}},
		{"behind a NAT", hub.Config{ICE: second}, lab.PortRestricted, false, well, "direct",
			"Streams flow: through the hub at once,", []string{"sees this machine as 5.0.0.", "with one port for all"}},
		{"one STUN server", hub.Config{ICE: lab.TURN}, lab.PortRestricted, false, well, "direct",
			"Streams flow: through the hub at once,", []string{"its kind cannot be known"}},
		{"behind a symmetric NAT", hub.Config{ICE: second}, lab.Symmetric, false, well, "direct",
			"Streams flow: directly to where the other side's network allows it, through TURN elsewhere.",
			[]string{"(symmetric)", "only to networks that are less strict"}},
		{"UDP blocked", hub.Config{ICE: lab.TURN}, lab.PortRestricted, true, blocked, "relay",
			"Streams flow, but only through the hub: UDP does not get out.",
			[]string{"UDP to port 3478 is blocked, here or at the hub: viewers will use the relay; open it for direct streams",
				"stun:1.2.3.4:3478: no answer", "turn:1.2.3.4:3478?transport=udp: no answer, or a refusal", "opens within this machine only"}},
		{"STUN down", hub.Config{ICE: func(_, id string) []plotbeam.ICEServer {
			return append(lab.TURN("", id)[1:], plotbeam.ICEServer{URLs: []string{"stun:1.2.3.4:3480"}})
		}}, lab.Open, false, strings.Replace(well, "stun ok", "stun failed", 1), "direct",
			"Streams flow: through the hub at once,", []string{"UDP works, but that STUN server does not"}},
		{"one of two STUN servers down", hub.Config{ICE: silent}, lab.Open, false, well, "direct",
			"Streams flow: through the hub at once,", []string{"but stun:1.2.3.4:3480: no answer"}},
		{"no relay", hub.Config{ICE: lab.TURN, NoRelay: true}, lab.Open, false, strings.Replace(well, "relay ok", "relay none", 1), "direct",
			"Streams flow: directly, or through TURN; not through the hub.", []string{"relay: this hub relays no streams"}},
		{"no relay, UDP blocked", hub.Config{ICE: lab.TURN, NoRelay: true}, lab.Open, true, strings.Replace(blocked, "relay ok", "relay none", 1), "",
			"No stream can flow: neither through the hub nor directly.", nil},
		{"no TURN", hub.Config{ICE: noTURN}, lab.Open, false, strings.Replace(well, "turn-udp ok", "turn-udp none", 1), "direct",
			"Streams flow: through the hub at once,", nil},
		{"neither STUN nor TURN", hub.Config{}, lab.Open, false,
			"hub ok, socket ok, clock ok, stun none, nat none, turn-udp none, turn-tcp none, turn-tls none, relay ok, direct ok", "direct",
			"Streams flow: through the hub at once,", []string{"without STUN, streams are direct within one network only"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			lab.Run(t, c.hub, func(t *testing.T, l *lab.Lab) {
				l.Delay(20 * time.Millisecond)
				twoSTUNs(t, l)
				h := l.HostBehind(c.nat)
				if c.noUDP {
					h.BlockUDP()
				}
				begun := time.Now()
				r := examine(t, h)
				outcomes, words := tell(r)
				t.Logf("%s\n%s\nafter %v", words, r.Summary, time.Since(begun))
				if outcomes != c.want || r.Path != c.path || !strings.Contains(r.Summary, c.summary) {
					t.Errorf("got  %s; %q, %q;\nwant %s; %q, %q", outcomes, r.Path, r.Summary, c.want, c.path, c.summary)
				}
				for _, one := range c.says {
					if !strings.Contains(words, one) {
						t.Errorf("it does not say %q", one)
					}
				}
				if took := time.Since(begun); took > 30*time.Second {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

// tell is a report as text: outcomes in one line, and words and hints in many.
func tell(r doctor.Report) (outcomes, words string) {
	var all []string
	var b strings.Builder
	for _, c := range r.Checks {
		all = append(all, c.Name+" "+string(c.Outcome))
		b.WriteString(c.Name + ": " + c.Text + "\n")
		if c.Hint != "" {
			b.WriteString("   " + c.Hint + "\n")
		}
	}
	return strings.Join(all, ", "), b.String()
}

// A hub that is not there, or not to be reached, ends the examination at once.
func TestDoctorWithoutHub(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		h := l.Host()
		l.StopHub()
		outcomes, words := tell(examine(t, h))
		if outcomes != "hub failed" || !strings.Contains(words, "connection refused") || !strings.Contains(words, "start a hub with `plotbeam serve`") {
			t.Errorf("without a hub: %s\n%s", outcomes, words)
		}
		h.Block(l.HubHost())
		begun := time.Now()
		r := examine(t, h)
		outcomes, words = tell(r)
		if outcomes != "hub failed" || !strings.Contains(words, "open the hub's port over TCP") || r.Path != "" {
			t.Errorf("with a hub that does not answer: %s\n%s", outcomes, words)
		}
		if took := time.Since(begun); took > 11*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// What servers say of a socket is what the network makes of it.
func TestOutside(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		l.Delay(20 * time.Millisecond)
		twoSTUNs(t, l)
		urls := []string{"stun:1.2.3.4:3478", "turn:1.2.3.4:3479?transport=udp", "stun:1.2.3.4:9", "stun:nowhere.lab", "nonsense"}
		for _, kind := range []lab.NAT{lab.Open, lab.PortRestricted, lab.Symmetric} {
			e, err := link.New(link.Config{Net: l.HostBehind(kind).Net()})
			if err != nil {
				t.Fatal(err)
			}
			seen := e.Outside(t.Context(), urls)
			for i, one := range seen {
				if ok := i < 2; (one.Err == nil) != ok || one.Address.IsValid() != ok || one.URL != urls[i] || ok && one.Took != 40*time.Millisecond {
					t.Errorf("%v: %+v", kind, one)
				}
			}
			if same := seen[0].Address == seen[1].Address; same != (kind != lab.Symmetric) {
				t.Errorf("%v: seen as %v and %v", kind, seen[0].Address, seen[1].Address)
			}
			if e.Own(seen[0].Address.Addr()) != (kind == lab.Open) || e.Own(netip.MustParseAddr("192.0.2.1")) {
				t.Errorf("%v: own addresses are not known", kind)
			}
		}
	})
}
