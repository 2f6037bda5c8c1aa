package main

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"testing"
	"time"
)

// typescript is what a program wrote to a terminal.
type typescript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *typescript) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *typescript) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// await polls until what was written matches, and gives the first group.
func (s *typescript) await(t *testing.T, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(patience); ; {
		if found := re.FindStringSubmatch(s.String()); found != nil {
			return found[len(found)-1]
		}
		if time.Now().After(deadline) {
			text := s.String()
			t.Fatalf("%s was not written within %v, but … %q", pattern, patience, text[max(len(text)-500, 0):])
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// launch starts plotbeam and sees to its end.
func launch(t *testing.T, stdout, stderr any, args ...string) *exec.Cmd {
	t.Helper()
	cmd := prepare(t, args...)
	switch w := stdout.(type) {
	case *os.File:
		cmd.Stdout = w
	case *typescript:
		cmd.Stdout = w
	}
	switch w := stderr.(type) {
	case *os.File:
		cmd.Stderr = w
	case *typescript:
		cmd.Stderr = w
	}
	begin(t, cmd)
	return cmd
}

func prepare(t *testing.T, args ...string) *exec.Cmd {
	cmd := exec.Command("plotbeam", args...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_CONFIG_HOME="+t.TempDir(), "TERM=xterm", "NO_COLOR=", "LC_ALL=C.UTF-8", "DISPLAY=", "WAYLAND_DISPLAY=")
	return cmd
}

func begin(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill() // in vain if it has ended
		cmd.Wait()
	})
}
