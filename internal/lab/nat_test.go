package lab_test

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/pion/transport/v4"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/internal/lab"
	"github.com/plotbeam/plotbeam/link"
)

// connect links two hosts, signals taking 20 ms from one to the other, and
// says whether the link opened in time.
func connect(t *testing.T, from, to *lab.Host, within time.Duration) (opened time.Duration, ok bool) {
	t.Helper()
	endpoint := func(h *lab.Host) *link.Endpoint {
		e, err := link.New(link.Config{Net: h.Net()})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	begun := time.Now()
	offering, answering := make(chan plotbeam.Message, 100), make(chan plotbeam.Message, 100)
	offerer, err := endpoint(from).Offer("s", lab.STUN(), func(m plotbeam.Message) { offering <- m })
	if err != nil {
		t.Fatal(err)
	}
	defer offerer.Shut()
	offer := <-offering
	time.Sleep(20 * time.Millisecond)
	answerer, err := endpoint(to).Answer("s", lab.STUN(), *offer.Description, func(m plotbeam.Message) { answering <- m })
	if err != nil {
		t.Fatal(err)
	}
	defer answerer.Shut()
	over := make(chan struct{})
	defer close(over)
	pass := func(signals <-chan plotbeam.Message, to *link.Link) {
		for {
			select {
			case m := <-signals:
				time.Sleep(20 * time.Millisecond)
				if err := to.Signal(m); err != nil {
					t.Error(err)
				}
			case <-over:
				return
			}
		}
	}
	go pass(offering, answerer)
	go pass(answering, offerer)
	for _, l := range []*link.Link{offerer, answerer} {
		select {
		case <-l.Opened():
		case <-time.After(within - time.Since(begun)):
			return 0, false
		}
	}
	return time.Since(begun), true
}

// Two hosts connect directly wherever that is possible at all.
func TestNATs(t *testing.T) {
	kinds := []lab.NAT{lab.Open, lab.Firewall, lab.FullCone, lab.AddressRestricted, lab.PortRestricted, lab.Symmetric}
	possible := func(a, b lab.NAT) bool {
		strict := func(k lab.NAT) bool { return k == lab.Firewall || k == lab.PortRestricted || k == lab.Symmetric }
		return !(a == lab.Symmetric && strict(b) || b == lab.Symmetric && strict(a))
	}
	for _, a := range kinds {
		for _, b := range kinds {
			t.Run(fmt.Sprintf("%v to %v", a, b), func(t *testing.T) {
				lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
					l.Delay(20 * time.Millisecond)
					took, ok := connect(t, l.HostBehind(a), l.HostBehind(b), 5*time.Second)
					if ok != possible(a, b) {
						t.Errorf("opened: %v, want %v", ok, possible(a, b))
					}
					t.Logf("opened after %v", took)
				})
			})
		}
	}
}

// What each kind of NAT lets in, once the host has written to one port of another.
func TestFilters(t *testing.T) {
	for _, c := range []struct {
		kind                      lab.NAT
		samePort, sameHost, other bool
	}{
		{lab.Open, true, true, true},
		{lab.Firewall, true, false, false},
		{lab.FullCone, true, true, true},
		{lab.AddressRestricted, true, true, false},
		{lab.PortRestricted, true, false, false},
		{lab.Symmetric, true, false, false},
	} {
		t.Run(c.kind.String(), func(t *testing.T) {
			lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
				h, friend := l.HostBehind(c.kind), l.Host()
				inside := socket(t, h)
				one, two, stranger := socket(t, friend), socket(t, friend), socket(t, l.Host())
				write(t, inside, one.LocalAddr(), []byte("hi"))
				seen, _ := arrivals(t, one)
				if len(seen) != 1 {
					t.Fatal("no packet goes out")
				}
				if translated := seen[0].String() != inside.LocalAddr().String(); translated != (c.kind > lab.Firewall) {
					t.Errorf("%v is seen as %v", inside.LocalAddr(), seen[0])
				}
				check := func(name string, from transport.UDPConn, to net.Addr, want bool) {
					t.Helper()
					write(t, from, to, []byte("hi"))
					if got, _ := arrivals(t, inside); (len(got) == 1) != want {
						t.Errorf("lets in %s: %v, want %v", name, len(got) == 1, want)
					}
				}
				check("whom it wrote to", one, seen[0], c.samePort)
				check("another port there", two, seen[0], c.sameHost)
				check("a stranger", stranger, seen[0], c.other)

				write(t, inside, two.LocalAddr(), []byte("hi"))
				again, _ := arrivals(t, two)
				if same := again[0].String() == seen[0].String(); same != (c.kind != lab.Symmetric) {
					t.Errorf("first seen as %v, then as %v", seen[0], again[0])
				}
				time.Sleep(time.Minute)
				check("whom it wrote to a minute ago", one, seen[0], c.kind == lab.Open)
			})
		})
	}
}

func TestForgetNAT(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		h := l.HostBehind(lab.PortRestricted)
		inside, friend := socket(t, h), socket(t, l.Host())
		write(t, inside, friend.LocalAddr(), []byte("hi"))
		before, _ := arrivals(t, friend)
		h.ForgetNAT()
		write(t, friend, before[0], []byte("hi"))
		if got, _ := arrivals(t, inside); len(got) > 0 {
			t.Error("the old port still leads inside")
		}
		write(t, inside, friend.LocalAddr(), []byte("hi"))
		after, _ := arrivals(t, friend)
		if before[0].String() == after[0].String() {
			t.Errorf("seen as %v before and after", before[0])
		}
		write(t, friend, after[0], []byte("hi"))
		if got, _ := arrivals(t, inside); len(got) != 1 {
			t.Error("the new port does not lead inside")
		}
	})
}
