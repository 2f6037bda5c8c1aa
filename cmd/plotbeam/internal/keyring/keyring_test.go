package keyring_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/cmd/plotbeam/internal/keyring"
)

const hub = "http://localhost:8080"

func open(t *testing.T, dir, hub string, id plotbeam.DeviceID) *keyring.Key {
	t.Helper()
	k, err := keyring.Open(dir, hub, id)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k
}

func TestComesBack(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir, hub, "lab-psu")
	if len(first.Secret) < 26 {
		t.Errorf("a secret of %d letters can be guessed", len(first.Secret))
	}
	if _, err := keyring.Open(dir, hub, "lab-psu"); !errors.Is(err, keyring.ErrHeld) {
		t.Errorf("while the first process lives: %v, want ErrHeld", err)
	}
	first.Close()
	again := open(t, dir, "HTTP://LocalHost:8080/", "lab-psu")
	if again.Secret != first.Secret {
		t.Error("the secret changed from one process to the next")
	}
}

func TestKeptApart(t *testing.T) {
	dir := t.TempDir()
	seen := map[string]string{}
	for _, c := range []struct {
		hub string
		id  plotbeam.DeviceID
	}{{hub, "a"}, {hub, "A"}, {hub, "b"}, {"http://localhost:8081", "a"}, {"https://localhost:8080", "a"}, {hub + "/lab", "a"}} {
		what := c.hub + " " + string(c.id)
		secret := open(t, dir, c.hub, c.id).Secret
		if other := seen[secret]; other != "" {
			t.Errorf("%s has the secret of %s", what, other)
		}
		seen[secret] = what
	}
}

func TestOnlyTheUserReadsIt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes mean little there")
	}
	dir := t.TempDir()
	open(t, dir, hub, "lab-psu")
	files := 0
	err := filepath.WalkDir(filepath.Join(dir, "plotbeam"), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		if !d.IsDir() {
			files++
		}
		return nil
	})
	if err != nil || files != 2 {
		t.Errorf("%d files (%v), want the secret and its lock", files, err)
	}
}

func TestEmptyFileIsReplaced(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir, hub, "lab-psu")
	k.Close()
	name := secretFile(t, dir)
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if again := open(t, dir, hub, "lab-psu"); again.Secret == "" || again.Secret == k.Secret {
		t.Errorf("an empty file gave the secret %q", again.Secret)
	}
}

func TestNowhereToKeepIt(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keyring.Open(file, hub, "lab-psu"); err == nil || errors.Is(err, keyring.ErrHeld) {
		t.Errorf("a folder that cannot be made: %v", err)
	}
}

func secretFile(t *testing.T, dir string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "plotbeam", "devices", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range found {
		if !strings.HasSuffix(name, ".lock") {
			return name
		}
	}
	t.Fatalf("no secret among %q", found)
	return ""
}
