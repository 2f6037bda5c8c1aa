package plotbeam

import (
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxID is the longest device or viewer id, in bytes.
const MaxID = 64

// ErrID is wrapped by every error about an id that breaks the rules of [DeviceID].
var ErrID = errors.New("an id has 1 to 64 letters, digits, - or _ and begins with a letter or digit")

// DeviceID names a device: 1 to 64 of A-Z a-z 0-9 - _, beginning with a letter
// or digit. It stands in links as it is, so nothing in it needs escaping.
type DeviceID string

// ViewerID names a viewer. The hub draws it at random (130 bits), so that
// nobody can guess one: v- and 26 of a-z 2-7.
type ViewerID string

// GuestPrefix begins the ViewerID of a viewer that speaks another protocol.
// Behind it stands its id there, with ~ for a space.
const GuestPrefix = "p-"

// Guest reports whether the viewer speaks another protocol than plotbeam.v1.
func (v ViewerID) Guest() bool { return strings.HasPrefix(string(v), GuestPrefix) }

var (
	devicePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	viewerPattern = regexp.MustCompile(`^v-[a-z2-7]{26}$`)
)

// ParseDeviceID checks s. Its error wraps [ErrID].
func ParseDeviceID(s string) (DeviceID, error) {
	if !devicePattern.MatchString(s) {
		return "", fmt.Errorf("device id %s: %w", Quote(s), ErrID)
	}
	return DeviceID(s), nil
}

// ParseViewerID checks s. Its error wraps [ErrID].
func ParseViewerID(s string) (ViewerID, error) {
	if !viewerPattern.MatchString(s) {
		return "", fmt.Errorf("viewer id %s: a hub draws these ids: %w", Quote(s), ErrID)
	}
	return ViewerID(s), nil
}

// NewViewerID draws an id that nobody can guess.
func NewViewerID() ViewerID {
	return ViewerID("v-" + strings.ToLower(rand.Text()))
}

// NewSecret draws a secret (130 bits) that proves who an id belongs to.
func NewSecret() string {
	return rand.Text()
}

// Cut is s, or its first n bytes at the most, without half a character.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Printable is a stranger's text made fit to show in a line: no control
// characters, and none that turn the writing direction.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '·'
	}, s)
}

// Quote is a stranger's text made fit to show: quoted, cut after 40 bytes, and
// escaped where it is not printable, which what turns the writing direction is not.
func Quote(s string) string {
	const most = 40
	if len(s) > most {
		return fmt.Sprintf("%q… (%d bytes)", Cut(s, most), len(s))
	}
	return fmt.Sprintf("%q", s)
}
