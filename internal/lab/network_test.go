package lab_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/transport/v4"

	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/internal/lab"
)

// socket opens a UDP socket on a host, bound to its address.
func socket(t *testing.T, h *lab.Host) transport.UDPConn {
	t.Helper()
	ports, err := h.Net().Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	addresses, err := ports[0].Addrs()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := h.Net().ListenUDP("udp4", &net.UDPAddr{IP: addresses[0].(*net.IPNet).IP})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func write(t *testing.T, from transport.UDPConn, to net.Addr, data []byte) {
	t.Helper()
	if _, err := from.WriteTo(data, to); err != nil {
		t.Fatal(err)
	}
}

// arrivals reads until nothing comes for a second: who sent each packet, and
// how long after now it came.
func arrivals(t *testing.T, at transport.UDPConn) (from []net.Addr, when []time.Duration) {
	t.Helper()
	begun := time.Now()
	for {
		at.SetReadDeadline(time.Now().Add(time.Second))
		_, who, err := at.ReadFrom(make([]byte, 1500))
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return from, when
		}
		if err != nil {
			t.Fatal(err)
		}
		from, when = append(from, who), append(when, time.Since(begun))
	}
}

func TestDelay(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		near, usual := l.Host(), l.Host()
		a, b := socket(t, near), socket(t, usual)
		one := func(want time.Duration) {
			t.Helper()
			write(t, a, b.LocalAddr(), []byte("hi"))
			if _, when := arrivals(t, b); !slices.Equal(when, []time.Duration{want}) {
				t.Errorf("arrived after %v, want %v", when, want)
			}
		}
		one(time.Millisecond)
		l.Delay(20 * time.Millisecond)
		one(40 * time.Millisecond)
		near.Delay(5 * time.Millisecond)
		one(25 * time.Millisecond)

		begun := time.Now()
		answer, err := usual.Client.Get(lab.URL + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if took := time.Since(begun); took != 80*time.Millisecond {
			t.Errorf("a dial and a request over 40 ms there and back took %v", took)
		}
	})
}

func TestLoss(t *testing.T) {
	lost := func() (kept []byte) {
		lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
			from, to := l.Host(), l.Host()
			a, b := socket(t, from), socket(t, to)
			from.Loss(0.05, 0)
			to.Loss(0, 0.05)
			const packets = 10_000
			kept = make([]byte, packets)
			go func() {
				for i := range packets {
					write(t, a, b.LocalAddr(), binary.BigEndian.AppendUint16(nil, uint16(i)))
					time.Sleep(time.Millisecond)
				}
			}()
			buf := make([]byte, 2)
			for {
				b.SetReadDeadline(time.Now().Add(time.Second))
				if _, _, err := b.ReadFrom(buf); err != nil {
					break
				}
				kept[binary.BigEndian.Uint16(buf)] = 1
			}
		})
		return kept
	}
	first := lost()
	if n := bytes.Count(first, []byte{0}); n < 850 || n > 1100 {
		t.Errorf("%d of 10,000 packets were lost, want about 975", n)
	}
	if !bytes.Equal(first, lost()) {
		t.Error("other packets were lost in the second run")
	}
}

func TestRate(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		from, to := l.Host(), l.Host()
		a, b := socket(t, from), socket(t, to)
		from.Rate(100_000, 0)
		for range 100 { // 10 ms each
			write(t, a, b.LocalAddr(), make([]byte, 972))
		}
		_, when := arrivals(t, b)
		if len(when) != 21 {
			t.Errorf("%d packets came through a queue of 200 ms, want 21", len(when))
		}
		for i := 1; i < len(when); i++ {
			if gap := when[i] - when[i-1]; gap != 10*time.Millisecond {
				t.Errorf("packet %d came %v after the one before", i, gap)
			}
		}
	})
}

// body is what page sends.
var body = bytes.Repeat([]byte("plotbeam"), 1<<17) // 1 MiB

// page sends body, and says when it has got rid of it.
func page(written *time.Time) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		w.Write(body)
		*written = time.Now()
	})
}

// fetch gets the page, checks it, and says how long that took.
func fetch(t *testing.T, h *lab.Host) time.Duration {
	t.Helper()
	begun := time.Now()
	answer, err := h.Client.Get(lab.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	if err != nil || !bytes.Equal(got, body) {
		t.Errorf("read %d bytes, err %v", len(got), err)
	}
	return time.Since(begun)
}

func TestSockets(t *testing.T) {
	var written time.Time
	lab.Run(t, hub.Config{Pages: page(&written)}, func(t *testing.T, l *lab.Lab) {
		h := l.Host()
		h.Delay(20 * time.Millisecond)
		if took := fetch(t, h); took > 400*time.Millisecond {
			t.Errorf("1 MiB over 40 ms there and back took %v", took)
		}
		h.Loss(0.02, 0.02)
		if took := fetch(t, h); took < 500*time.Millisecond || took > 20*time.Second {
			t.Errorf("with 2 %% of the segments lost it took %v", took)
		}
		h.Loss(0, 0)
		h.Rate(0, 100_000)
		if took := fetch(t, h); took < 10_500*time.Millisecond || took > 12*time.Second {
			t.Errorf("at 100 kB/s it took %v", took)
		}
		if early := time.Since(written); early < 600*time.Millisecond || early > 900*time.Millisecond {
			t.Errorf("the hub had written all %v before it was read; its buffer and the way hold 0.8 s", early)
		}
		time.AfterFunc(5*time.Second, func() { h.Outage(3 * time.Second) })
		if took := fetch(t, h); took < 13*time.Second || took > 19*time.Second {
			t.Errorf("with an outage of 3 s it took %v", took)
		}
		time.AfterFunc(5*time.Second, h.Cut)
		time.AfterFunc(6*time.Second, h.Mend)
		h.Client.Timeout = time.Minute
		answer, err := h.Client.Get(lab.URL)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, answer.Body); err == nil || n > 600_000 {
			t.Errorf("%d bytes came over a socket that was cut, err %v", n, err)
		}
		h.Rate(0, 0)
		if took := fetch(t, h); took > time.Second {
			t.Errorf("once mended it took %v", took)
		}
	})
}

// healthz asks the hub over a new socket, for ten seconds, and gives its answer's code.
func healthz(h *lab.Host) int {
	h.Client.Timeout = 10 * time.Second
	h.Client.CloseIdleConnections()
	answer, err := h.Client.Get(lab.URL + "/healthz")
	if err != nil {
		return 0
	}
	answer.Body.Close()
	return answer.StatusCode
}

func TestKillHub(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		l.Delay(20 * time.Millisecond)
		h := l.Host()
		p := dial(t, h)
		begun := time.Now()
		l.KillHub()
		if p.ended(); !errors.Is(p.err, syscall.ECONNRESET) || time.Since(begun) > 30*time.Millisecond {
			t.Errorf("after %v the socket ended with %v", time.Since(begun), p.err)
		}
		begun = time.Now()
		if _, err := h.Client.Get(lab.URL); !errors.Is(err, syscall.ECONNREFUSED) || time.Since(begun) != 40*time.Millisecond {
			t.Errorf("after %v a dial ended with %v", time.Since(begun), err)
		}
		l.StartHub(hub.Config{})
		if code := healthz(h); code != http.StatusOK {
			t.Errorf("the next hub answers %d", code)
		}
	})
}

func TestBlocks(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		h, other := l.Host(), l.Host()
		a, b := socket(t, h), socket(t, other)
		for _, c := range []struct {
			name       string
			begin, end func()
			http       bool // whether sockets work
		}{
			{"BlockUDP", h.BlockUDP, h.UnblockUDP, true},
			{"Block", func() { h.Block(other) }, func() { h.Unblock(other) }, true},
			{"Cut", h.Cut, h.Mend, false},
			{"Outage", func() { h.Outage(time.Minute) }, func() { time.Sleep(time.Minute) }, false},
		} {
			c.begin()
			write(t, a, b.LocalAddr(), []byte("hi"))
			write(t, b, a.LocalAddr(), []byte("hi"))
			one, _ := arrivals(t, a)
			two, _ := arrivals(t, b)
			if len(one)+len(two) > 0 {
				t.Errorf("%s lets packets through", c.name)
			}
			h.Client.Timeout = 10 * time.Second
			if code := healthz(h); (code == http.StatusOK) != c.http {
				t.Errorf("%s: a request is answered by %d", c.name, code)
			}
			c.end()
			write(t, a, b.LocalAddr(), []byte("hi"))
			if two, _ = arrivals(t, b); len(two) != 1 {
				t.Errorf("%s does not end", c.name)
			}
		}
	})
}

func TestRoam(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		l.Delay(20 * time.Millisecond)
		h := l.Host()
		bound, other := socket(t, h), socket(t, l.Host())
		free, err := h.Net().ListenUDP("udp4", nil)
		if err != nil {
			t.Fatal(err)
		}
		p := dial(t, h)
		write(t, other, bound.LocalAddr(), []byte("on its way"))
		h.Roam()
		write(t, other, bound.LocalAddr(), []byte("too late"))
		if got, _ := arrivals(t, bound); len(got) > 0 {
			t.Error("packets reach the old address")
		}
		if _, err := bound.WriteTo([]byte("hi"), other.LocalAddr()); err == nil {
			t.Error("packets leave from the old address")
		}
		write(t, free, other.LocalAddr(), []byte("hi"))
		next := socket(t, h)
		write(t, next, other.LocalAddr(), []byte("hi"))
		from, _ := arrivals(t, other)
		if len(from) != 2 || from[1].String() != next.LocalAddr().String() || from[0].(*net.UDPAddr).IP.Equal(bound.LocalAddr().(*net.UDPAddr).IP) {
			t.Errorf("from the new address, packets come from %v", from)
		}
		synctest.Wait()
		if len(p.in) > 0 || p.err != nil {
			t.Error("the old socket was told")
		}
		dial(t, h)
		h.RoamBehind(lab.FullCone)
		private := socket(t, h)
		write(t, private, other.LocalAddr(), []byte("hi"))
		if from, _ = arrivals(t, other); len(from) != 1 || from[0].String() == private.LocalAddr().String() {
			t.Errorf("behind a NAT, packets of %v come from %v", private.LocalAddr(), from)
		}
	})
}
