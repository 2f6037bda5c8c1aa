package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// openTerminal makes a terminal of that size; what is written to it comes to the typescript.
func openTerminal(t *testing.T, columns, rows uint16) (terminal *os.File, written *typescript) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	resize(t, terminal, columns, rows)
	written = &typescript{}
	go func() { // ends when the master is closed
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			written.Write(buf[:n])
			if err != nil {
				return
			}
		}
	}()
	return terminal, written
}

func resize(t *testing.T, terminal *os.File, columns, rows uint16) {
	t.Helper()
	if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: rows}); err != nil {
		t.Fatal(err)
	}
}

// On a terminal, watch draws a chart as large as the terminal, and leaves the
// terminal as it was.
func TestWatchOnATerminal(t *testing.T) {
	said := &typescript{}
	demo := launch(t, nil, said, "demo", "--no-open", "--listen", "localhost:0", "--name", "lab")
	hub := said.await(t, `Watch at (http://\S+)/remote/lab`)
	terminal, screen := openTerminal(t, 70, 20)
	watch := launch(t, terminal, terminal, "watch", "lab", "--hub", hub)
	screen.await(t, `lab · direct · \d+ ms .* 60 s`)
	screen.await(t, `voltage .*V`)
	if !strings.HasPrefix(screen.String(), "\x1b[?1049h") {
		t.Errorf("the alternate screen is not entered first: %.40q", screen)
	}
	screen.await(t, `\x1b\[36m`)
	resize(t, terminal, 33, 6)
	screen.await(t, `· 3 more series`)
	if err := watch.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := watch.Wait(); err != nil {
		t.Errorf("after Ctrl-C: %v", err)
	}
	screen.await(t, `\x1b\[\?25h\x1b\[\?1049l$`)

	// A device that is missing shows no chart, only the error.
	terminal, screen = openTerminal(t, 70, 20)
	if err := launch(t, terminal, terminal, "watch", "pump-7", "--hub", hub).Wait(); err == nil {
		t.Error("no error for a missing device")
	}
	screen.await(t, `^plotbeam: no device "pump-7"\r\nhint: `)

	demo.Process.Signal(os.Interrupt)
	if err := demo.Wait(); err != nil {
		t.Errorf("demo after Ctrl-C: %v", err)
	}
}

// On a terminal, the link comes as a QR code too; in a file it does not.
func TestLinkOnATerminal(t *testing.T) {
	terminal, screen := openTerminal(t, 100, 50)
	launch(t, nil, terminal, "demo", "--no-open", "--listen", "localhost:0")
	screen.await(t, `Watch at http://localhost:\d+/remote/`)
	if !strings.ContainsAny(screen.String(), "█▀▄") {
		t.Errorf("no QR code in %s", screen)
	}
	said := &typescript{}
	launch(t, nil, said, "demo", "--no-open", "--listen", "localhost:0")
	said.await(t, `Watch at http://localhost:\d+/remote/`)
	if strings.ContainsAny(said.String(), "█▀▄") {
		t.Errorf("a QR code where no person sees it: %s", said)
	}
}

// On a terminal, the chart stays when the device's input has ended.
func TestChartStays(t *testing.T) {
	said := &typescript{}
	launch(t, nil, said, "share", "--listen", "localhost:0", "--name", "lab") // of nothing
	hub := said.await(t, `Watch at (http://\S+)/remote/lab`)
	terminal, screen := openTerminal(t, 70, 20)
	watch := launch(t, terminal, terminal, "watch", "lab", "--hub", hub)
	screen.await(t, `The input of lab has ended`)
	resize(t, terminal, 11, 6)
	screen.await(t, `lab · The i\x1b`) // drawn anew
	if err := watch.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := watch.Wait(); err != nil {
		t.Errorf("after Ctrl-C: %v", err)
	}
}
