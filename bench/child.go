package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"
)

// child is this program in another process. It is asked in lines and answers
// in JSON.
type child struct {
	command *exec.Cmd
	asks    io.WriteCloser
	answers *json.Decoder
}

func start(args ...string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return spawn(exec.Command(self, args...))
}

// spawn starts a command that speaks as a child does.
func spawn(command *exec.Cmd) (*child, error) {
	asks, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	command.Stderr = os.Stderr
	return &child{command, asks, json.NewDecoder(bufio.NewReader(out))}, command.Start()
}

// fetched is the path of a folder here with what npm has for it, fetched where
// it is not there yet.
func fetched(folder string) (string, error) {
	path, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(path, "node_modules")); err == nil {
		return path, nil
	}
	install := exec.Command("npm", "ci", "--no-audit", "--no-fund")
	install.Dir, install.Stdout, install.Stderr = path, os.Stderr, os.Stderr
	if err := install.Run(); err != nil {
		return "", fmt.Errorf("npm ci in bench/%s: %w", folder, err)
	}
	return path, nil
}

// ask says a line and reads the answer.
func (c *child) ask(answer any, format string, args ...any) error {
	if _, err := fmt.Fprintf(c.asks, format+"\n", args...); err != nil {
		return fmt.Errorf("ask %s: %w", c.command.Args[1], err)
	}
	return c.read(answer)
}

func (c *child) read(answer any) error {
	if err := c.answers.Decode(answer); err != nil {
		return fmt.Errorf("answer of %s: %w", c.command.Args[1], err)
	}
	return nil
}

// usage asks what the child has used so far; settled collects its garbage before.
func (c *child) usage(settled bool) (u used, err error) {
	err = c.ask(&u, "usage %t", settled)
	return u, err
}

// stop ends the child, which ends by itself when nobody can ask any more.
func (c *child) stop() {
	c.asks.Close()
	late := time.AfterFunc(10*time.Second, func() { c.command.Process.Kill() })
	defer late.Stop()
	c.command.Wait()
}

// answer is the child's side: it answers about usage and profiles, and by
// others whatever else it is asked, until nobody can ask any more.
func answer(others func(words []string) (any, error)) error {
	out := json.NewEncoder(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		var reply any
		var err error
		switch words[0] {
		case "usage":
			if words[1] == "true" {
				debug.FreeOSMemory()
			}
			reply = usage()
		case "profile":
			reply, err = true, profile(words[1])
		case "heap":
			reply, err = true, heap(words[1])
		case "profiled":
			pprof.StopCPUProfile()
			reply = true
		default:
			reply, err = others(words)
		}
		if err != nil {
			return err
		}
		if err := out.Encode(reply); err != nil {
			return err
		}
	}
	return lines.Err()
}

// profile begins one, which ends with the next StopCPUProfile.
func profile(name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return pprof.StartCPUProfile(f)
}

// heap writes a profile of what is allocated, and of the goroutines beside it.
func heap(name string) error {
	for _, kind := range []string{"heap", "goroutine"} {
		f, err := os.Create(name + "." + kind)
		if err != nil {
			return err
		}
		if err := pprof.Lookup(kind).WriteTo(f, 0); err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

// used is what a process has used so far.
type used struct {
	CPU     time.Duration
	Mallocs uint64
	Live    float64 // bytes of heap and stacks in use
	Stacks  float64 // bytes of those in stacks
	RSS     float64 // bytes
}

func (u used) minus(before used) used {
	return used{u.CPU - before.CPU, u.Mallocs - before.Mallocs, u.Live - before.Live, u.Stacks - before.Stacks, u.RSS - before.RSS}
}

func usage() used {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err) // it has no way to fail on Linux
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return used{
		CPU:     time.Duration(r.Utime.Nano() + r.Stime.Nano()),
		Mallocs: m.Mallocs,
		Live:    float64(m.HeapInuse + m.StackInuse),
		Stacks:  float64(m.StackInuse),
		RSS:     resident(),
	}
}

// resident is 0 where /proc does not tell.
func resident() float64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var size, pages float64
	fmt.Sscan(string(text), &size, &pages)
	return pages * float64(os.Getpagesize())
}
