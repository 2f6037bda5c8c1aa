package main

import (
	"net"
	"net/netip"
	"strings"
	"testing"
)

func TestChooseAddress(t *testing.T) {
	at := func(list ...string) (all []located) {
		for _, one := range list {
			name, addr, _ := strings.Cut(one, "=")
			all = append(all, located{name, netip.MustParseAddr(addr)})
		}
		return all
	}
	for _, c := range []struct {
		name   string
		routed string
		all    []located
		want   string
	}{
		{"the routed one", "192.168.1.20", at("eth0=10.0.0.1"), "192.168.1.20"},
		{"no route", "", at("docker0=172.17.0.1", "eth0=fe80::1", "eth0=10.0.0.7"), "10.0.0.7"},
		{"private before public", "", at("eth0=198.51.100.4", "wlan0=192.168.1.3"), "192.168.1.3"},
		{"IPv6 only", "", at("eth0=fe80::1", "eth0=2001:db8::5"), "2001:db8::5"},
		{"containers only", "", at("docker0=172.17.0.1"), "172.17.0.1"},
		{"link-local only", "", at("eth0=fe80::1", "eth0=169.254.1.1"), ""},
		{"a route to itself", "127.0.0.1", nil, ""},
		{"nothing", "", nil, ""},
	} {
		var routed netip.Addr
		if c.routed != "" {
			routed = netip.MustParseAddr(c.routed)
		}
		got, ok := chooseAddress(routed, c.all)
		if ok != (c.want != "") || ok && got.String() != c.want {
			t.Errorf("%s: got %v %v, want %q", c.name, got, ok, c.want)
		}
	}
}

func TestHosts(t *testing.T) {
	lan := "localhost"
	if a, ok := lanAddress(); ok {
		lan = a.String()
	}
	for _, c := range []struct{ listening, asked, link, dial string }{
		{"127.0.0.1", "localhost", "localhost", "127.0.0.1"},
		{"127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1"},
		{"::1", "::1", "::1", "::1"},
		{"192.168.1.20", "lab.local", "lab.local", "192.168.1.20"},
		{"0.0.0.0", "0.0.0.0", lan, "127.0.0.1"},
		{"::", "", lan, "localhost"},
	} {
		listening := netip.MustParseAddr(c.listening)
		if got := linkHost(listening, c.asked); got != c.link {
			t.Errorf("a link to %s (%s) names %s, want %s", c.listening, c.asked, got, c.link)
		}
		if got := dialHost(listening); got != c.dial {
			t.Errorf("%s is dialled as %s, want %s", c.listening, got, c.dial)
		}
	}
}

func TestOnThisMachine(t *testing.T) {
	for hub, want := range map[string]bool{
		"http://localhost:8080": true, "http://127.0.0.1:1": true, "http://[::1]:1": true,
		"http://192.168.1.20:8080": false, "https://hub.example.com": false, "http://localhost.example.com": false,
	} {
		if got := onThisMachine(hub); got != want {
			t.Errorf("%s: %v", hub, got)
		}
	}
}

func TestCheckAddress(t *testing.T) {
	for in, want := range map[string]string{
		"localhost:8080": "localhost:8080", ":8080": ":8080", "8080": ":8080", "[::1]:0": "[::1]:0", "127.0.0.1:1": "127.0.0.1:1",
		"localhost": "", "localhost:http": "", "localhost:70000": "", "": "", "::1:80": "",
	} {
		got, err := checkAddress(in)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q: got %q, %v, want %q", in, got, err, want)
		}
	}
}

// A port that is taken is told apart from what else may be wrong.
func TestInUse(t *testing.T) {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := net.Listen("tcp", l.Addr().String()); !inUse(err) {
		t.Errorf("listening twice: %v is not seen as in use", err)
	}
	if _, err := net.Listen("tcp", "192.0.2.1:0"); inUse(err) {
		t.Errorf("an address of another machine: %v is seen as in use", err)
	}
}

func TestBrowserCommand(t *testing.T) {
	const url = "http://localhost:8080/remote/lab"
	for _, c := range []struct{ system, env, want string }{
		{"linux", "", ""},
		{"linux", "DISPLAY=:0", "xdg-open " + url},
		{"linux", "WAYLAND_DISPLAY=wayland-0", "xdg-open " + url},
		{"linux", "SSH_CONNECTION=a WAYLAND_DISPLAY=wayland-0", ""},
		{"darwin", "", "open " + url},
		{"darwin", "SSH_CONNECTION=a", ""},
		{"windows", "", "rundll32 url.dll,FileProtocolHandler " + url},
	} {
		env := func(name string) string {
			for one := range strings.FieldsSeq(c.env) {
				if value, ok := strings.CutPrefix(one, name+"="); ok {
					return value
				}
			}
			return ""
		}
		words, err := browserCommand(c.system, url, env)
		if got := strings.Join(words, " "); got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s %s: got %q, %v, want %q", c.system, c.env, got, err, c.want)
		}
	}
}
