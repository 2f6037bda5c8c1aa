package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience is how long a script waits for what it awaits. It is spent only when a test fails.
const patience = 30 * time.Second

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"plotbeam": main})
}

// TestScripts runs testdata/script. Besides testscript's own commands there are:
//
//	start NAME [<FILE | <-] args…    runs plotbeam; its output is in NAME.out and NAME.err. <- keeps its input open:
//	send NAME text…                  writes a line to it
//	eof NAME                         ends it
//	signal NAME INT|KILL             interrupts or kills the process
//	await NAME CODE                  waits until it ends, with this exit code
//	waitfor FILE REGEXP [VARIABLE]   waits until the file matches, and keeps the first group
//	until REGEXP args…               runs plotbeam again and again until its output matches
//	exits CODE args…                 runs plotbeam and checks the exit code
//	fill FILE BYTES TEXT             makes a file of a repeated text
func TestScripts(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot send another an interrupt there")
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			home := filepath.Join(e.WorkDir, "home")
			e.Setenv("HOME", home)
			e.Setenv("XDG_CONFIG_HOME", filepath.Join(home, ".config"))
			processes := &running{named: map[string]*process{}}
			e.Values[keyRunning] = processes
			e.Defer(processes.killAll)
			return os.Mkdir(home, 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start":   cmdStart,
			"send":    cmdSend,
			"eof":     cmdEOF,
			"signal":  cmdSignal,
			"await":   cmdAwait,
			"waitfor": cmdWaitFor,
			"until":   cmdUntil,
			"exits":   cmdExits,
			"fill":    cmdFill,
		},
	})
}

type key string

const keyRunning key = "running"

// running holds a script's background processes.
type running struct {
	mu    sync.Mutex
	named map[string]*process
}

type process struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser // nil unless it is kept open
	done  chan struct{}  // closed when it has ended
}

func (r *running) killAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.named {
		p.cmd.Process.Kill() // in vain if it has ended
		<-p.done
	}
}

func find(ts *testscript.TestScript, name string) *process {
	r := ts.Value(keyRunning).(*running)
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.named[name]
	if p == nil {
		ts.Fatalf("no process %q was started", name)
	}
	return p
}

// program is plotbeam, in the script's folder and environment.
func program(ts *testscript.TestScript, args []string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(filepath.SplitList(ts.Getenv("PATH"))[0], "plotbeam"), args...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = environment(ts)
	return cmd
}

// environment gives what scripts set; the rest of this process's is of no concern to them.
func environment(ts *testscript.TestScript) []string {
	env := []string{}
	for _, name := range []string{"PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR", "TESTSCRIPT_COVER_DIR", "GOCOVERDIR",
		"TERM", "DISPLAY", "PLOTBEAM_HUB", "PLOTBEAM_LISTEN", "PLOTBEAM_NAME", "PLOTBEAM_COUNT", "PLOTBEAM_INPUT_FORMAT", "PLOTBEAM_OUTPUT_FORMAT", "PLOTBEAM_REPORT_FORMAT", "PLOTBEAM_NO_OPEN"} {
		if value := ts.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

func cmdStart(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start NAME [<FILE | <-] args…")
	}
	name, args := args[0], args[1:]
	p := &process{done: make(chan struct{})}
	input, redirected := strings.CutPrefix(args[0], "<")
	if redirected {
		args = args[1:]
	}
	p.cmd = program(ts, args)
	files := make([]*os.File, 0, 3)
	open := func(path string, flags int) *os.File {
		f, err := os.OpenFile(ts.MkAbs(path), flags, 0o600)
		ts.Check(err)
		files = append(files, f)
		return f
	}
	p.cmd.Stdout = open(name+".out", os.O_CREATE|os.O_TRUNC|os.O_WRONLY)
	p.cmd.Stderr = open(name+".err", os.O_CREATE|os.O_TRUNC|os.O_WRONLY)
	switch {
	case redirected && input == "-":
		stdin, err := p.cmd.StdinPipe()
		ts.Check(err)
		p.stdin = stdin
	case redirected:
		p.cmd.Stdin = open(input, os.O_RDONLY)
	}
	ts.Check(p.cmd.Start())
	go func() { // ends with the process, which killAll sees to
		p.cmd.Wait()
		close(p.done)
	}()
	for _, f := range files {
		f.Close()
	}
	r := ts.Value(keyRunning).(*running)
	r.mu.Lock()
	defer r.mu.Unlock()
	if old := r.named[name]; old != nil {
		select {
		case <-old.done:
		default:
			ts.Fatalf("the process %q still runs", name)
		}
	}
	r.named[name] = p
}

func cmdSend(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: send NAME text…")
	}
	_, err := fmt.Fprintln(find(ts, args[0]).stdin, strings.Join(args[1:], " "))
	ts.Check(err)
}

func cmdEOF(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: eof NAME")
	}
	ts.Check(find(ts, args[0]).stdin.Close())
}

func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "KILL": os.Kill}
	if neg || len(args) != 2 || signals[args[1]] == nil {
		ts.Fatalf("usage: signal NAME INT|TERM|KILL")
	}
	ts.Check(find(ts, args[0]).cmd.Process.Signal(signals[args[1]]))
}

func cmdAwait(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await NAME CODE")
	}
	p := find(ts, args[0])
	select {
	case <-p.done:
	case <-time.After(patience):
		ts.Fatalf("%s has not ended within %v; %s", args[0], patience, said(ts, args[0]))
	}
	if got := fmt.Sprint(p.cmd.ProcessState.ExitCode()); got != args[1] {
		ts.Fatalf("%s ended with exit code %s, want %s; %s", args[0], got, args[1], said(ts, args[0]))
	}
}

func said(ts *testscript.TestScript, name string) string {
	text, _ := os.ReadFile(ts.MkAbs(name + ".err"))
	return "it said:\n" + string(text)
}

func cmdWaitFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: waitfor FILE REGEXP [VARIABLE]")
	}
	pattern, err := regexp.Compile(`(?m)` + args[1])
	ts.Check(err)
	var text []byte
	await(ts, func() bool {
		text, err = os.ReadFile(ts.MkAbs(args[0]))
		ts.Check(err)
		found := pattern.FindSubmatch(text)
		if found == nil {
			return false
		}
		if len(args) == 3 {
			ts.Setenv(args[2], string(found[1]))
		}
		return true
	}, func() string { return fmt.Sprintf("%s does not match %s; it holds:\n%s", args[0], args[1], text) })
}

func cmdUntil(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until REGEXP args…")
	}
	pattern, err := regexp.Compile(`(?m)` + args[0])
	ts.Check(err)
	var out []byte
	await(ts, func() bool {
		out, _ = program(ts, args[1:]).CombinedOutput() // a hub that is not there yet is an error, for now
		return pattern.Match(out)
	}, func() string { return fmt.Sprintf("plotbeam %s keeps saying:\n%s", strings.Join(args[1:], " "), out) })
}

// await polls a condition outside this process, which nothing can signal.
func await(ts *testscript.TestScript, met func() bool, or func() string) {
	for deadline := time.Now().Add(patience); !met(); {
		if time.Now().After(deadline) {
			ts.Fatalf("after %v: %s", patience, or())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: exits CODE args…")
	}
	cmd := program(ts, args[1:])
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	ended := make(chan error, 1)
	ts.Check(cmd.Start())
	go func() { ended <- cmd.Wait() }()
	select {
	case <-ended:
	case <-time.After(patience):
		cmd.Process.Kill()
		<-ended
		ts.Fatalf("plotbeam %s does not end; it said:\n%s", strings.Join(args[1:], " "), err.String())
	}
	ts.Stdout().Write(out.Bytes())
	ts.Stderr().Write(err.Bytes())
	if got := fmt.Sprint(cmd.ProcessState.ExitCode()); got != args[0] {
		ts.Fatalf("plotbeam %s ended with exit code %s, want %s; it said:\n%s", strings.Join(args[1:], " "), got, args[0], err.String())
	}
}

func cmdFill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: fill FILE BYTES TEXT")
	}
	size, err := strconv.Atoi(args[1])
	ts.Check(err)
	text, err := strconv.Unquote(`"` + args[2] + `"`)
	ts.Check(err)
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	ts.Check(err)
	block := slices.Concat(bytes.Repeat([]byte(text), size/len(text)), []byte(text)[:size%len(text)])
	_, err = f.Write(block)
	ts.Check(errors.Join(err, f.Close()))
}
