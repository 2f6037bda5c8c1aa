// Package lab is the whole system inside one testing/synctest bubble: a hub,
// devices and viewers on a simulated network, in virtual time.
//
//	host 5.0.0.1        host 10.0.0.3        hub 1.2.3.4
//	   |  |                NAT 5.0.0.2          |     |
//	   |  |  UDP              |  |              |     |     STUN at port 3478
//	   |  +--- lane ----------+------- lane ----+     |
//	   |                         |                    |
//	   +------ lane, TCP --------+---- lane, TCP -----+     port 80
//
// A lane is one direction of a host's line: it has a delay, a rate and a queue,
// and may lose packets. What can happen to a host stands in weather.go.
//
// Dice are seeded, so a test that sends the same packets in the same order
// sees the same ones lost.
package lab

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/peerjs"
	"github.com/plotbeam/plotbeam/turnserver"
)

// URL is where the hub is, for those inside.
const URL = "http://hub.lab"

const (
	stunPort   = 3478
	turnSecret = "lab"
)

// STUN is the hub's STUN server, for hub.Config.ICE and for links.
func STUN() []plotbeam.ICEServer {
	return []plotbeam.ICEServer{{URLs: []string{"stun:1.2.3.4:3478"}}}
}

// TURN is the hub's STUN and TURN server, for hub.Config.ICE.
func TURN(_, id string) []plotbeam.ICEServer {
	user, password := turnserver.Credential(turnSecret, id, time.Now().Add(5*time.Minute))
	return append(STUN(), plotbeam.ICEServer{URLs: []string{"turn:1.2.3.4:3478?transport=udp"}, Username: user, Credential: password})
}

// Lab is a network with one hub. Everything it starts ends with the test.
type Lab struct {
	t       testing.TB
	network *network
	hubHost *Host
	delay   time.Duration // of hosts to come; the network's lock guards it

	mu      sync.Mutex
	stopHub func()
}

// Run runs a test in a bubble with a hub of the given configuration.
func Run(t *testing.T, c hub.Config, test func(t *testing.T, l *Lab)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &Lab{t: t, network: newNetwork()}
		var loop sync.WaitGroup
		loop.Go(l.network.agenda.loop)
		t.Cleanup(func() {
			time.Sleep(time.Minute) // of virtual time: what pion left to time out does so
			l.network.close()
			loop.Wait()
		})
		l.hubHost = l.newHost(0)
		l.hubHost.address = netip.MustParseAddr("1.2.3.4")
		l.hubHost.settle(l.hubHost.address, Open)
		l.StartHub(c)
		t.Cleanup(l.StopHub)
		test(t, l)
	})
}

// HubHost is the machine of the hub. It stands at the backbone, without delay.
func (l *Lab) HubHost() *Host { return l.hubHost }

// StartHub starts a hub, once the one before is stopped.
func (l *Lab) StartHub(c hub.Config) {
	h := hub.New(c)
	if err := peerjs.Mount(h, peerjs.Config{Discovery: true}); err != nil {
		l.t.Fatal(err)
	}
	sockets := l.network.open(l.hubHost)
	server := &http.Server{Handler: h}
	stunConn, err := l.hubHost.Net().ListenUDP("udp4", &net.UDPAddr{Port: stunPort})
	if err != nil {
		l.t.Fatal(err)
	}
	stun := turnserver.New(turnserver.Config{Packets: stunConn, Relayed: []netip.Addr{l.hubHost.outside()}, Secret: turnSecret})
	ctx, stop := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	parts.Go(func() {
		if err := h.Run(ctx); err != nil {
			l.t.Error(err)
		}
	})
	parts.Go(func() {
		if err := stun.Run(ctx); err != nil {
			l.t.Error(err)
		}
	})
	parts.Go(func() { server.Serve(sockets) })
	<-h.Ready()
	l.mu.Lock()
	defer l.mu.Unlock()
	stopped := make(chan struct{})
	begin := sync.OnceFunc(func() {
		go func() {
			defer close(stopped)
			stop()
			sockets.Close()
			server.Close()
			parts.Wait()
		}()
	})
	// Whoever comes second waits for the channel too: virtual time stands still
	// for one that waits for a mutex, such as OnceFunc's.
	l.stopHub = func() { begin(); <-stopped }
}

// StopHub shuts the hub down as a signal would.
func (l *Lab) StopHub() {
	l.mu.Lock()
	stop := l.stopHub
	l.mu.Unlock()
	stop()
}

// KillHub ends the hub as kill -9 does: its sockets break without a goodbye,
// and dials are refused until there is another.
func (l *Lab) KillHub() {
	l.network.kill()
	l.StopHub()
}

// log is a test's own log where it runs with -v, and nothing otherwise.
func (l *Lab) log(who string) *slog.Logger {
	if !testing.Verbose() {
		return slog.New(slog.DiscardHandler)
	}
	handler := slog.NewTextHandler(l.t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})
	return slog.New(handler).With("who", who)
}

// Go runs run until the test ends or stop is called.
func (l *Lab) Go(run func(context.Context) error) (stop func()) { return l.background(run) }

// MostDials is how many sockets to the hub were dialled since a mark within so
// long at the most.
func (l *Lab) MostDials(mark time.Time, within time.Duration) int {
	n := l.network
	n.mu.Lock()
	defer n.mu.Unlock()
	most := 0
	for first, last := 0, 0; last < len(n.dials); last++ {
		for n.dials[last].Sub(n.dials[first]) > within || n.dials[first].Before(mark) && first < last {
			first++
		}
		most = max(most, last-first+1)
	}
	return most
}

// background runs run until the test ends or stop is called.
func (l *Lab) background(run func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := run(ctx); err != nil && ctx.Err() == nil {
			l.t.Logf("ended by itself: %v", err)
		}
	}()
	stop = func() { cancel(); <-done }
	l.t.Cleanup(stop)
	return stop
}
