package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	heartbeatEvery = 5 * time.Second
	ringTick       = time.Millisecond
)

// ring is PeerJS peers, each of which sends candidates to the next one.
type ring struct {
	epoll   int
	members []*member
	byFD    map[int32]*member
	buffer  []byte
	over    chan struct{} // closed by close
	done    chan struct{} // closed when nobody reads any more

	mu        sync.Mutex
	delivered int
	latencies []int32 // µs
	err       error
}

// candidateOf has the size of Chromium's, and says when it was sent.
const candidateOf = `{"type":"CANDIDATE","payload":{"candidate":{"candidate":"candidate:842163049 1 udp 1677729535 198.51.100.17 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag EsAw network-cost 999","sdpMLineIndex":0,"sdpMid":"0","usernameFragment":"EsAw"},"type":"data","connectionId":"dc_q1w2e3r4t5y","t":%d},"dst":"peer%d"}`

func newRing(address string, peers int) (*ring, error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	r := &ring{byFD: map[int32]*member{}, buffer: make([]byte, 256<<10), over: make(chan struct{}), done: make(chan struct{})}
	if r.epoll, err = unix.EpollCreate1(0); err != nil {
		return nil, err
	}
	go r.loop() // pings want answers from the first on
	for i := range peers {
		m, err := dial(at, fmt.Sprintf("/peerjs/peerjs?key=peerjs&id=peer%d&token=t%d&version=1.5.5", i, i), "")
		if err != nil {
			return nil, fmt.Errorf("peer %d: %w", i, err)
		}
		r.members = append(r.members, m)
		r.mu.Lock()
		r.byFD[int32(m.fd)] = m
		r.mu.Unlock()
		if err := unix.EpollCtl(r.epoll, unix.EPOLL_CTL_ADD, m.fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(m.fd)}); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *ring) close() {
	close(r.over)
	<-r.done
	for _, m := range r.members {
		unix.Close(m.fd)
	}
}

// run sends so many messages a second, and heartbeats, for so long.
func (r *ring) run(rate int, lasting time.Duration) outcome {
	r.mu.Lock()
	r.delivered, r.latencies = 0, r.latencies[:0]
	r.mu.Unlock()
	sent, beats := 0, 0
	begun := time.Now()
	for now := begun; now.Sub(begun) < lasting; now = time.Now() {
		elapsed := now.Sub(begun)
		for ; sent < int(elapsed.Seconds()*float64(rate)); sent++ {
			from := sent % len(r.members)
			r.note(r.members[from].send(opText, fmt.Appendf(nil, candidateOf, time.Now().UnixMicro(), (from+1)%len(r.members))))
		}
		for ; beats < int(elapsed.Seconds()*float64(len(r.members))/heartbeatEvery.Seconds()); beats++ {
			r.note(r.members[beats%len(r.members)].send(opText, []byte(`{"type":"HEARTBEAT"}`)))
		}
		time.Sleep(ringTick)
	}
	time.Sleep(quiet)
	r.mu.Lock()
	defer r.mu.Unlock()
	return outcomeOf(sent, r.delivered, r.latencies)
}

func (r *ring) note(err error) {
	if err == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = err
}

func (r *ring) loop() {
	runtime.LockOSThread()
	defer close(r.done)
	events := make([]unix.EpollEvent, 128)
	for {
		select {
		case <-r.over:
			return
		default:
		}
		n, err := unix.EpollWait(r.epoll, events, 5)
		if err != nil && !errors.Is(err, unix.EINTR) {
			r.note(err)
			return
		}
		for i := range max(0, n) {
			r.mu.Lock()
			m := r.byFD[events[i].Fd]
			r.mu.Unlock()
			if err := r.read(m); err != nil {
				r.note(err)
				return
			}
		}
	}
}

var sentAt = []byte(`"t":`)

// read takes what has come for one peer.
func (r *ring) read(m *member) error {
	n, err := unix.Read(m.fd, r.buffer)
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
		return nil
	}
	if err != nil || n == 0 {
		return fmt.Errorf("the server has ended a socket: %w", err)
	}
	now := time.Now().UnixMicro()
	m.rest = append(m.rest, r.buffer[:n]...)
	left := m.rest
	for {
		op, payload, rest := cut(left)
		if op == 0 {
			break
		}
		left = rest
		if op == opPing {
			if err := m.send(opPong, payload); err != nil {
				return err
			}
			continue
		}
		_, behind, found := bytes.Cut(payload, sentAt)
		digits, _, _ := bytes.Cut(behind, []byte("}"))
		made, err := strconv.ParseInt(string(digits), 10, 64)
		if !found || err != nil {
			continue // OPEN, say
		}
		r.mu.Lock()
		r.delivered++
		r.latencies = append(r.latencies, int32(now-made))
		r.mu.Unlock()
	}
	m.rest = append(m.rest[:0], left...)
	return nil
}
