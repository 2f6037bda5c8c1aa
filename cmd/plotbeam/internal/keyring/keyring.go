// Package keyring keeps the secrets that prove to a hub which device this is,
// so that a process that was killed gets its id back when it starts again.
//
//	<user's configuration>/plotbeam/devices/<hash of the hub's URL>/<id>       the secret, mode 0600
//	<user's configuration>/plotbeam/devices/<hash of the hub's URL>/<id>.lock  held while the process lives
//
// A second process that asks for the same id finds the lock held, and does not
// get the secret: to the hub it is a stranger.
package keyring

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"github.com/plotbeam/plotbeam"
)

// ErrHeld says that a live process of this user is that device.
var ErrHeld = errors.New("another process is that device")

const (
	maxSecret = 256 // bytes of a file that is taken for a secret
	hashed    = 8   // bytes of the hub's hash: 16 digits of a folder's name
)

// Key is a device's secret, and the right to use it while the process lives.
type Key struct {
	Secret string
	lock   *flock.Flock
}

// Open finds the secret of a device on a hub, or makes one and keeps it in a
// folder below dir. Its error is [ErrHeld], or one of the file system's.
func Open(dir, hub string, id plotbeam.DeviceID) (*Key, error) {
	folder := filepath.Join(dir, "plotbeam", "devices", hash(hub))
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("keep the device's secret: %w", err)
	}
	name := filepath.Join(folder, fileName(id))
	lock := flock.New(name+".lock", flock.SetPermissions(0o600))
	held, err := lock.TryLock()
	switch {
	case err != nil:
		return nil, fmt.Errorf("lock the device's secret: %w", err)
	case !held:
		lock.Close()
		return nil, ErrHeld
	}
	secret, err := readOrMake(name)
	if err != nil {
		lock.Close()
		return nil, fmt.Errorf("keep the device's secret: %w", err)
	}
	return &Key{Secret: secret, lock: lock}, nil
}

// Close lets another process have the key.
func (k *Key) Close() error { return k.lock.Close() }

func readOrMake(name string) (string, error) {
	data, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if secret := strings.TrimSpace(string(data)); secret != "" && len(secret) <= maxSecret {
		return secret, nil
	}
	secret := plotbeam.NewSecret()
	return secret, writeFile(name, secret+"\n")
}

// writeFile replaces a file in one step, so that a crash leaves no half of a secret.
func writeFile(name, text string) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // in vain once it is renamed
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// hash stands for a hub: the same for every way to write its URL.
func hash(hub string) string {
	if u, err := url.Parse(hub); err == nil && u.Host != "" {
		hub = strings.ToLower(u.Scheme+"://"+u.Host) + strings.TrimRight(u.Path, "/")
	}
	sum := sha256.Sum256([]byte(hub))
	return hex.EncodeToString(sum[:hashed])
}

// fileName keeps apart ids that differ in case only, also where files do not.
func fileName(id plotbeam.DeviceID) string {
	if lower := strings.ToLower(string(id)); lower != string(id) {
		sum := sha256.Sum256([]byte(id))
		return lower + "." + hex.EncodeToString(sum[:hashed])
	}
	return string(id)
}
