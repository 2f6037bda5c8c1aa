package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/plotbeam/plotbeam"
)

const (
	deviceID  = "bench"
	joinEvery = 2 * time.Millisecond // a viewer comes
	ackEvery  = 2 * time.Second
	ackSlots  = 50 // of that time, over which the viewers' acks are spread
	quiet     = 150 * time.Millisecond
	longest   = 20 * time.Second // until it is quiet after a run
)

// load is many viewers in one thread: it waits for all sockets at once and
// reads them into one buffer, so that the machine's time is the server's.
type load struct {
	epoll   int
	hub     bool // whether the server speaks plotbeam.v1
	members []*member
	byFD    map[int32]*member
	buffer  []byte

	mu        sync.Mutex
	delivered int
	latencies []int32 // µs
	last      time.Time
	err       error
}

// outcome is what a crowd tells of a run.
type outcome struct {
	Sent, Delivered int
	P50, P99        float64 // ms from a frame's making to its reading
}

// outcomeOf sorts the latencies, which are in µs.
func outcomeOf(sent, delivered int, latencies []int32) outcome {
	o := outcome{Sent: sent, Delivered: delivered}
	if slices.Sort(latencies); len(latencies) > 0 {
		o.P50 = float64(latencies[len(latencies)/2]) / 1e3
		o.P99 = float64(latencies[len(latencies)*99/100]) / 1e3
	}
	return o
}

// crowd is one device and its viewers, until nobody can ask any more.
func crowd(server, address string, viewers int) error {
	ctx := context.Background()
	p, err := newPublisher(ctx, server, address)
	if err != nil {
		return err
	}
	l := &load{hub: server == "plotbeam", byFD: map[int32]*member{}, buffer: make([]byte, 256<<10)}
	if l.epoll, err = unix.EpollCreate1(0); err != nil {
		return err
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	go l.loop()
	for range viewers {
		time.Sleep(joinEvery)
		if err := l.join(at); err != nil {
			return fmt.Errorf("viewer %d: %w", len(l.members), err)
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(true); err != nil {
		return err
	}
	return answer(func(words []string) (any, error) {
		rate, err := strconv.Atoi(words[1])
		if err != nil {
			return nil, err
		}
		lasting, err := time.ParseDuration(words[2])
		if err != nil {
			return nil, err
		}
		l.reset()
		sent, err := p.publish(ctx, rate, lasting)
		if err != nil {
			return nil, err
		}
		return l.outcome(sent)
	})
}

func (l *load) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.delivered, l.latencies, l.last = 0, l.latencies[:0], time.Now()
}

// outcome waits until no frame comes any more.
func (l *load) outcome(sent int) (outcome, error) {
	for begun := time.Now(); time.Since(begun) < longest; time.Sleep(quiet / 10) {
		l.mu.Lock()
		since := time.Since(l.last)
		l.mu.Unlock()
		if since > quiet {
			break
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return outcomeOf(sent, l.delivered, l.latencies), l.err
}

// join adds a viewer.
func (l *load) join(at netip.AddrPort) error {
	subprotocol := ""
	if l.hub {
		subprotocol = plotbeam.Subprotocol
	}
	m, err := dial(at, "/socket", subprotocol)
	if err != nil {
		return err
	}
	if l.hub {
		for _, say := range []plotbeam.Message{
			{Type: plotbeam.Hello, Role: plotbeam.RoleViewer},
			{Type: plotbeam.Watch, Device: deviceID},
			{Type: plotbeam.Read, Device: deviceID, Bound: 2000},
		} {
			if err := m.send(opText, say.Encode()); err != nil {
				return err
			}
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.members = append(l.members, m)
	l.byFD[int32(m.fd)] = m
	return unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, m.fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(m.fd)})
}

func (l *load) loop() {
	runtime.LockOSThread()
	events := make([]unix.EpollEvent, 128)
	slot := 0
	tick := time.Now()
	for {
		n, err := unix.EpollWait(l.epoll, events, 5)
		if err != nil && !errors.Is(err, unix.EINTR) {
			l.fail(err)
			return
		}
		l.mu.Lock()
		for i := range max(0, n) {
			if err := l.read(l.byFD[events[i].Fd]); err != nil {
				l.mu.Unlock()
				l.fail(err)
				return
			}
		}
		for ; l.hub && time.Since(tick) > ackEvery/ackSlots; tick = tick.Add(ackEvery / ackSlots) {
			for i := slot % ackSlots; i < len(l.members); i += ackSlots {
				l.members[i].ackFrames()
			}
			slot++
		}
		l.mu.Unlock()
	}
}

func (l *load) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
}

// read takes what has come for one viewer.
func (l *load) read(m *member) error {
	n, err := unix.Read(m.fd, l.buffer)
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
		return nil
	}
	if err != nil || n == 0 {
		return fmt.Errorf("the server has ended a socket: %w", err)
	}
	came := time.Now()
	now := came.UnixMicro()
	bytes := l.buffer[:n]
	if len(m.rest) > 0 {
		m.rest = append(m.rest, bytes...)
		bytes = m.rest
	}
	for {
		op, payload, rest := cut(bytes)
		if op == 0 {
			break
		}
		bytes = rest
		switch op {
		case opBinary:
			for wire := range plotbeam.Frames(payload) {
				if made := m.frame(wire); made > 0 {
					l.delivered, l.last = l.delivered+1, came
					l.latencies = append(l.latencies, int32(now-made))
				}
			}
		case opText:
			if err := m.text(payload); err != nil {
				return err
			}
		case opPing:
			if err := m.send(opPong, payload); err != nil {
				return err
			}
		}
	}
	m.rest = append(m.rest[:0], bytes...)
	return nil
}

var beat, from, failure = []byte(`"type":"beat"`), []byte(`"type":"from"`), []byte(`"type":"error"`)

// text takes a control message: what asks for an ack gets one.
func (m *member) text(payload []byte) error {
	switch {
	case bytes.Contains(payload, failure):
		return fmt.Errorf("the hub says %s", payload)
	case bytes.Contains(payload, beat), bytes.Contains(payload, from):
		said, err := plotbeam.ParseMessage(payload)
		if err != nil {
			return err
		}
		m.echo, m.heard = said.Time, time.Now()
		if m.epoch == 0 && said.Position != nil {
			m.epoch, m.seq = uint64(said.Position.Epoch), said.Position.Seq
		}
		return m.ack()
	}
	return nil
}
