// Package lab is the whole system inside one testing/synctest bubble: a hub,
// devices and viewers on a simulated network, in virtual time.
//
//	host 10.0.0.1    host 10.0.0.2    host 10.0.0.3 …
//	   |  UDP           |                |              pion/transport vnet
//	   +------ router --+----------------+
//	   |  WebSockets    |                |              piped listener
//	   +------- hub ----+----------------+
//
// A host can be cut off: its packets vanish, and its sockets hang half-open.
package lab

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/logging"
	"github.com/pion/transport/v4/vnet"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/link"
	"github.com/plotbeam/plotbeam/viewer"
)

// URL is where the hub is, for those inside.
const URL = "http://hub.lab"

// Lab is a network with one hub. Everything it starts ends with the test.
type Lab struct {
	t      testing.TB
	router *vnet.Router

	mu      sync.Mutex
	hub     *hub.Hub
	sockets *listener // of the hub that runs now
	stopHub func()
}

// Run runs a test in a bubble with a hub of the given configuration.
func Run(t *testing.T, c hub.Config, test func(t *testing.T, l *Lab)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		router, err := vnet.NewRouter(&vnet.RouterConfig{
			CIDR:          "10.0.0.0/16",
			MinDelay:      time.Millisecond,
			LoggerFactory: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled},
		})
		if err != nil {
			t.Fatal(err)
		}
		l := &Lab{t: t, router: router}
		if err := router.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			time.Sleep(time.Minute) // of virtual time: what pion left to time out does so
			if err := router.Stop(); err != nil {
				t.Error(err)
			}
		})
		l.StartHub(c)
		t.Cleanup(l.StopHub)
		test(t, l)
	})
}

// StartHub starts a hub, once the one before is stopped.
func (l *Lab) StartHub(c hub.Config) {
	h := hub.New(c)
	sockets := newListener()
	server := &http.Server{Handler: h}
	ctx, stop := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	parts.Go(func() {
		if err := h.Run(ctx); err != nil {
			l.t.Error(err)
		}
	})
	parts.Go(func() { server.Serve(sockets) })
	<-h.Ready()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hub, l.sockets = h, sockets
	l.stopHub = sync.OnceFunc(func() {
		stop()
		sockets.Close()
		server.Close()
		parts.Wait()
	})
}

// StopHub shuts the hub down as a signal would.
func (l *Lab) StopHub() {
	l.mu.Lock()
	stop := l.stopHub
	l.mu.Unlock()
	stop()
}

// Host is one machine on the network.
type Host struct {
	lab    *Lab
	net    *vnet.Net
	Client *http.Client // that reaches the hub from here
	cut    *switcher
}

// Host adds a machine.
func (l *Lab) Host() *Host {
	l.t.Helper()
	n, err := vnet.NewNet(&vnet.NetConfig{})
	if err != nil {
		l.t.Fatal(err)
	}
	if err := l.router.AddNet(n); err != nil {
		l.t.Fatal(err)
	}
	h := &Host{lab: l, net: n, cut: newSwitcher()}
	transport := &http.Transport{DialContext: h.dial}
	h.Client = &http.Client{Transport: transport}
	l.t.Cleanup(transport.CloseIdleConnections)
	eth, err := n.InterfaceByName("eth0")
	if err != nil {
		l.t.Fatal(err)
	}
	addresses, err := eth.Addrs()
	if err != nil || len(addresses) == 0 {
		l.t.Fatalf("a host without an address: %v", err)
	}
	l.router.AddChunkFilter(h.filter(addresses[0]))
	return h
}

// Cut makes everything from and to the host vanish, without a word to anybody.
func (h *Host) Cut() { h.cut.set(true) }

// Mend ends Cut. Sockets that were open stay dead, as behind a NAT that forgot them.
func (h *Host) Mend() { h.cut.set(false) }

// Device starts a device on the host, and ends it with the test or by stop.
func (h *Host) Device(c device.Config) (d *device.Device, stop func()) {
	h.lab.t.Helper()
	c.Hub, c.Client, c.Log = URL, h.Client, h.lab.log("device")
	c.Link = link.Config{Net: h.net, Log: c.Log}
	d, err := device.New(c)
	if err != nil {
		h.lab.t.Fatal(err)
	}
	return d, h.lab.background(d.Run)
}

// Viewer starts a viewer on the host, and ends it with the test or by stop.
func (h *Host) Viewer(c viewer.Config) (v *viewer.Viewer, stop func()) {
	h.lab.t.Helper()
	v = h.NewViewer(c)
	return v, h.lab.background(v.Run)
}

// NewViewer makes a viewer that the test runs itself.
func (h *Host) NewViewer(c viewer.Config) *viewer.Viewer {
	h.lab.t.Helper()
	c.Hub, c.Client, c.Log = URL, h.Client, h.lab.log("viewer")
	c.Link = link.Config{Net: h.net, Log: c.Log}
	v, err := viewer.New(c)
	if err != nil {
		h.lab.t.Fatal(err)
	}
	return v
}

// log is a test's own log where it runs with -v, and nothing otherwise.
func (l *Lab) log(who string) *slog.Logger {
	if !testing.Verbose() {
		return slog.New(slog.DiscardHandler)
	}
	handler := slog.NewTextHandler(l.t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})
	return slog.New(handler).With("who", who)
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

// Recorder keeps the readings that a viewer takes.
type Recorder struct {
	mu       sync.Mutex
	readings []plotbeam.Reading
}

// Frame is for viewer.Config.OnFrame.
func (r *Recorder) Frame(f viewer.Frame) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for one := range f.Readings() {
		r.readings = append(r.readings, one)
	}
}

// Readings are those taken so far.
func (r *Recorder) Readings() []plotbeam.Reading {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.readings[:len(r.readings):len(r.readings)]
}
