package doctor_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/doctor"
)

// The whole is tested in internal/lab. What no real hub does is here.

// examine is what doctor says of a hub of that kind.
func examine(t *testing.T, hub http.Handler) map[string]doctor.Check {
	t.Helper()
	server := httptest.NewServer(hub)
	defer server.Close()
	r := doctor.New(doctor.Config{Hub: server.URL}).Run(t.Context())
	if r.Path != "" {
		t.Errorf("streams flow over %s: %s", r.Path, r.Summary)
	}
	checks := map[string]doctor.Check{}
	for _, c := range r.Checks {
		checks[c.Name] = c
	}
	return checks
}

// stub is a hub that welcomes viewers, by a clock that is off, and no devices.
func stub(off time.Duration, version string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/devices", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("[]")) })
	mux.HandleFunc("GET /socket", func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{plotbeam.Subprotocol}})
		if err != nil {
			return
		}
		defer conn.CloseNow()
		_, text, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		answer := plotbeam.Message{Type: plotbeam.Welcome, ID: "v-1", Secret: "s", Time: time.Now().Add(off).UnixMicro(), Version: version}
		if m, err := plotbeam.ParseMessage(text); err != nil || m.Role == plotbeam.RoleDevice {
			answer = plotbeam.Message{Type: plotbeam.Failure, Code: plotbeam.CodeTaken, Text: "no devices today\x1b[2J"}
		}
		if conn.Write(r.Context(), websocket.MessageText, answer.Encode()) == nil {
			conn.Read(r.Context()) // until the other end has gone
		}
	})
	return mux
}

func TestClocks(t *testing.T) {
	for _, c := range []struct {
		off     time.Duration
		outcome doctor.Outcome
		says    string
	}{
		{0, doctor.OK, "this machine's clock is the hub's, give or take "},
		{2 * time.Hour, doctor.Failed, "this machine's clock is 2h0m0s behind the hub's, give or take "},
		{-2 * time.Hour, doctor.Failed, "this machine's clock is 2h0m0s ahead of the hub's, give or take "},
	} {
		checks := examine(t, stub(c.off, "v9\x1b[31m"))
		clock := checks["clock"]
		if clock.Outcome != c.outcome || !strings.HasPrefix(clock.Text, c.says) || (clock.Hint != "") != (c.outcome == doctor.Failed) {
			t.Errorf("clocks %v apart: %+v", c.off, clock)
		}
		if got := checks["socket"].Text; !strings.HasSuffix(got, "its version: v9·[31m") {
			t.Errorf("the hub's version is told as %q", got)
		}
		for _, path := range []string{"relay", "direct"} {
			if one := checks[path]; one.Outcome != doctor.Failed || one.Text != "no devices today·[2J" {
				t.Errorf("the device was refused, and %s is %+v", path, one)
			}
		}
	}
}

func TestOtherServers(t *testing.T) {
	checks := examine(t, http.NotFoundHandler())
	if c := checks["hub"]; c.Outcome != doctor.Failed || !strings.Contains(c.Text, "404") || !strings.Contains(c.Hint, "no Plotbeam hub") || len(checks) != 1 {
		t.Errorf("a server that is no hub: %+v", checks)
	}
	pages := http.NewServeMux()
	pages.HandleFunc("GET /api/devices", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("[]")) })
	checks = examine(t, pages)
	if c := checks["socket"]; c.Outcome != doctor.Failed || !strings.Contains(c.Text, "404") || !strings.Contains(c.Hint, "has to pass on the header Upgrade") || len(checks) != 2 {
		t.Errorf("a proxy that passes on no WebSockets: %+v", checks)
	}
	secure := httptest.NewTLSServer(pages)
	defer secure.Close()
	r := doctor.New(doctor.Config{Hub: secure.URL}).Run(t.Context())
	if c := r.Checks[0]; c.Outcome != doctor.Failed || !strings.Contains(c.Hint, "certificate") {
		t.Errorf("a certificate that nobody trusts: %+v", c)
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		300 * time.Microsecond: "0.3 ms", 14400 * time.Microsecond: "14 ms", 1640 * time.Millisecond: "1.6 s", 2 * time.Hour: "2h0m0s",
	} {
		if got := doctor.Span(d); got != want {
			t.Errorf("%v is %s, want %s", d, got, want)
		}
	}
}
