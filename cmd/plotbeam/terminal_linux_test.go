package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// person is who sits before a terminal: sees what is written, and presses keys.
type person struct {
	typescript
	master *os.File
}

func (p *person) press(t *testing.T, keys string) {
	t.Helper()
	if _, err := p.master.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// openTerminal makes a terminal of that size, and who sits before it.
func openTerminal(t *testing.T, columns, rows uint16) (terminal *os.File, before *person) {
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
	before = &person{master: master}
	go func() { // ends when the master is closed
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			before.Write(buf[:n])
			if err != nil {
				return
			}
		}
	}()
	return terminal, before
}

func resize(t *testing.T, terminal *os.File, columns, rows uint16) {
	t.Helper()
	if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: rows}); err != nil {
		t.Fatal(err)
	}
}

// launchOn starts plotbeam as a shell does, with the terminal as its own.
func launchOn(t *testing.T, terminal *os.File, env []string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := prepare(t, args...)
	cmd.Env = append(cmd.Env, env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	begin(t, cmd)
	return cmd
}

// modes are a terminal's: whether it echoes, gives lines, and so on.
func modes(t *testing.T, terminal *os.File) unix.Termios {
	t.Helper()
	m, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *m
}

// On a terminal, watch draws a chart as large as the terminal, and leaves the
// terminal as it was.
func TestWatchOnATerminal(t *testing.T) {
	said := &typescript{}
	demo := launch(t, nil, said, "demo", "--no-open", "--listen", "localhost:0", "--name", "lab")
	hub := said.await(t, `Watch at (http://\S+)/remote/lab`)
	terminal, screen := openTerminal(t, 70, 20)
	watch := launch(t, terminal, terminal, "watch", "lab", "--hub", hub)
	screen.await(t, `direct · \d+ ms`)
	screen.await(t, `voltage .*V`)
	if !strings.HasPrefix(screen.String(), "\x1b[?1049h") {
		t.Errorf("the alternate screen is not entered first: %.40q", screen)
	}
	screen.await(t, `\x1b\[36m`)
	resize(t, terminal, 33, 6)
	screen.await(t, `· 3 more: ↓`)
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

// Keys do what the help says, and the terminal is as before after every end.
func TestWatchObeysKeys(t *testing.T) {
	said := &typescript{}
	launch(t, nil, said, "demo", "--no-open", "--listen", "localhost:0", "--name", "lab")
	hub := said.await(t, `Watch at (http://\S+)/remote/lab`)
	for _, one := range []struct {
		name string
		end  func(watch *exec.Cmd, screen *person)
	}{
		{"q", func(_ *exec.Cmd, screen *person) { screen.press(t, "q") }},
		{"Ctrl-C", func(_ *exec.Cmd, screen *person) { screen.press(t, "\x03") }},
		{"SIGTERM", func(watch *exec.Cmd, _ *person) { watch.Process.Signal(syscall.SIGTERM) }},
	} {
		terminal, screen := openTerminal(t, 70, 20)
		usual := modes(t, terminal)
		watch := launchOn(t, terminal, nil, "watch", "lab", "--hub", hub, "--window", "10s")
		screen.await(t, `lab +10 s\x1b`)
		screen.await(t, `voltage .*V`)
		if modes(t, terminal) == usual {
			t.Error("keys would need Enter behind them")
		}
		screen.press(t, "-")
		screen.await(t, `lab +30 s\x1b`)
		screen.press(t, "s")
		screen.await(t, `◆ \x1b\[mvoltage`)
		screen.press(t, " ")
		screen.await(t, `paused, \d s ago · 30 s`)
		screen.press(t, "?")
		screen.await(t, `quit`)
		one.end(watch, screen)
		if err := watch.Wait(); err != nil {
			t.Errorf("after %s: %v", one.name, err)
		}
		screen.await(t, `\x1b\[\?25h\x1b\[\?1049l$`)
		if modes(t, terminal) != usual {
			t.Errorf("after %s the terminal has other modes", one.name)
		}
	}
}

// Without colours and Unicode all is said, too.
func TestWatchOnAPlainTerminal(t *testing.T) {
	said := &typescript{}
	launch(t, nil, said, "demo", "--no-open", "--listen", "localhost:0", "--name", "lab")
	hub := said.await(t, `Watch at (http://\S+)/remote/lab`)
	terminal, screen := openTerminal(t, 70, 20)
	watch := launchOn(t, terminal, []string{"NO_COLOR=1", "LC_ALL=C"}, "watch", "lab", "--hub", hub, "--paths", "relay", "--range", "-1:50")
	screen.await(t, `voltage [\d.]+ V \| min [\d.]+ \| max`)
	screen.await(t, `-1\.0 \+`)
	screen.await(t, `relay \| \d+ ms \| you asked for the relay only`)
	screen.press(t, "s")
	screen.await(t, `\+\++`)
	screen.press(t, "q")
	if err := watch.Wait(); err != nil {
		t.Error(err)
	}
	for _, r := range screen.String() {
		if r > 0x7e {
			t.Fatalf("%q is no ASCII", r)
		}
	}
	if regexp.MustCompile(`\x1b\[\d+m`).MatchString(screen.String()) {
		t.Error("there are colours")
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
	screen.await(t, `The input o\x1b`) // drawn anew
	if err := watch.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := watch.Wait(); err != nil {
		t.Errorf("after Ctrl-C: %v", err)
	}
}
