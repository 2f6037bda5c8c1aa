package lines

import (
	"io"
	"sync"
	"time"

	"github.com/plotbeam/plotbeam"
)

const (
	gather  = 20 * time.Millisecond // a line waits at most so long for others
	fullest = 64 << 10              // bytes that are written without waiting
)

// Writer writes the readings of one device. A line that comes when nothing was
// written for 20 ms goes out at once; those that follow it go out together.
//
//	Write ── buffer ──(full, or woken)──> out
//
// One goroutine, ended and awaited by Close, writes what Write has gathered.
type Writer struct {
	out    io.Writer
	wake   chan struct{} // one place: the buffer holds lines
	end    chan struct{} // closed by Close
	done   sync.WaitGroup
	header string

	mu      sync.Mutex
	encoder *encoder
	buffer  []byte
	err     error // of the first write that went wrong
}

// NewWriter makes a writer whose Close must be called.
func NewWriter(out io.Writer, format Format, device plotbeam.DeviceID) *Writer {
	w := &Writer{
		out:     out,
		wake:    make(chan struct{}, 1),
		end:     make(chan struct{}),
		encoder: newEncoder(format, device),
		buffer:  make([]byte, 0, fullest+4<<10),
	}
	if format == CSV {
		w.header = csvHeader
	}
	w.done.Go(w.flushLater)
	return w
}

// Write takes one reading. It blocks while the output does, and answers the
// error that a write, now or earlier, ended with.
func (w *Writer) Write(r plotbeam.Reading) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begin()
	w.buffer = w.encoder.append(w.buffer, r)
	if len(w.buffer) >= fullest {
		w.flush()
	} else if w.err == nil {
		select {
		case w.wake <- struct{}{}:
		default: // the flusher has been told already
		}
	}
	return w.err
}

// Close writes what waits, and a header that no reading came after.
func (w *Writer) Close() error {
	close(w.end)
	w.done.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begin()
	w.flush()
	return w.err
}

// Abandon ends the writer without writing what waits.
func (w *Writer) Abandon() {
	close(w.end)
	w.done.Wait()
}

func (w *Writer) begin() {
	w.buffer = append(w.buffer, w.header...)
	w.header = ""
}

func (w *Writer) flush() {
	if w.err == nil && len(w.buffer) > 0 {
		_, w.err = w.out.Write(w.buffer)
	}
	w.buffer = w.buffer[:0]
}

func (w *Writer) flushLater() {
	for {
		select {
		case <-w.wake:
		case <-w.end:
			return
		}
		w.mu.Lock()
		w.flush()
		w.mu.Unlock()
		select {
		case <-time.After(gather):
		case <-w.end:
			return
		}
	}
}
