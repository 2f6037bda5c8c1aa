package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/stream"
)

// perFrame readings make frames of 320 bytes.
const perFrame = 33

// publisher is the one device: of the hub it is what PROTOCOL.md calls so, to
// a plain server it sends the same frames.
type publisher struct {
	conn  *websocket.Conn
	log   *stream.Log
	batch plotbeam.Batch

	mu      sync.Mutex
	reading *stream.Cursor // nil while the hub does not read
}

func newPublisher(ctx context.Context, server, address string) (*publisher, error) {
	path, options := "/publish", &websocket.DialOptions{}
	if server == "plotbeam" {
		path, options.Subprotocols = "/socket", []string{plotbeam.Subprotocol}
	}
	conn, _, err := websocket.Dial(ctx, "ws://"+address+path, options)
	if err != nil {
		return nil, err
	}
	p := &publisher{conn: conn, log: stream.NewLog(stream.Limits{Age: 10 * time.Second})}
	if err := p.log.Declare(plotbeam.Schema{Series: []plotbeam.Series{{Name: "n"}}}); err != nil {
		return nil, err
	}
	if server != "plotbeam" {
		p.reading = p.log.Cursor(stream.Start{})
		return p, nil
	}
	err = p.say(ctx, plotbeam.Message{Type: plotbeam.Hello, Role: plotbeam.RoleDevice, ID: deviceID, State: &plotbeam.State{Activity: plotbeam.Streaming, Paths: plotbeam.RelayOnly}})
	go p.listen(ctx)
	go p.beat(ctx)
	return p, err
}

func (p *publisher) say(ctx context.Context, m plotbeam.Message) error {
	return p.conn.Write(ctx, websocket.MessageText, m.Encode())
}

// listen answers the hub's read, and passes over the rest.
func (p *publisher) listen(ctx context.Context) {
	p.conn.SetReadLimit(1 << 20)
	for {
		_, text, err := p.conn.Read(ctx)
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench: the device's socket:", err)
			return
		}
		m, err := plotbeam.ParseMessage(text)
		if err != nil || m.Type != plotbeam.Read {
			continue
		}
		p.mu.Lock()
		p.reading = p.log.Cursor(stream.Start{})
		at := p.reading.Position()
		p.say(ctx, plotbeam.Message{Type: plotbeam.From, Position: &at, Time: time.Now().UnixMicro()})
		p.mu.Unlock()
	}
}

func (p *publisher) beat(ctx context.Context) {
	for range time.Tick(500 * time.Millisecond) {
		head := p.log.Head()
		if p.say(ctx, plotbeam.Message{Type: plotbeam.Beat, Position: &head, Time: time.Now().UnixMicro()}) != nil {
			return
		}
	}
}

// publish makes frames at an even pace, and says how many.
func (p *publisher) publish(ctx context.Context, rate int, lasting time.Duration) (sent int, err error) {
	begun := time.Now()
	for {
		due := time.Duration(sent) * time.Second / time.Duration(rate)
		if due >= lasting {
			return sent, nil
		}
		time.Sleep(due - time.Since(begun))
		p.batch.Reset()
		now := time.Now().UnixMicro()
		for i := range int64(perFrame) {
			p.batch.Add(0, plotbeam.Float64, now+i, float64(i))
		}
		p.log.Append(&p.batch)
		if err := p.send(ctx); err != nil {
			return sent, err
		}
		sent++
	}
}

// send sends what the log has for whoever reads it.
func (p *publisher) send(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reading == nil {
		return nil
	}
	ready := make(chan struct{}, 1)
	for {
		e, ok, err := p.reading.Poll(ready, true)
		if !ok || err != nil {
			return err
		}
		if err := p.conn.Write(ctx, websocket.MessageBinary, e.Frame.Wire); err != nil {
			return err
		}
	}
}
