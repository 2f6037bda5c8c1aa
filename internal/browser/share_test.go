package browser_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/source"
)

const (
	sharing  = "Share"            // a button, and
	theShare = "Share and export" // what it opens
	visible  = "What is visible"  // radio buttons
	held     = "All that is held"
)

// Value gives what a field says.
func (tab *Tab) Value(name string) string {
	tab.t.Helper()
	return On[string](tab, "textbox", name, `function () { return this.value; }`)
}

// share opens the dialog.
func (tab *Tab) share() {
	tab.t.Helper()
	tab.PressNamed("button", sharing)
	tab.AwaitText("dialog", theShare, "the dialog", func(text string) bool { return text != "" })
}

// keepDownloads lets the browser save what pages download in a folder of the test.
func (tab *Tab) keepDownloads() (folder string) {
	tab.t.Helper()
	folder = tab.t.TempDir()
	params := browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: folder}
	if _, err := chromedp.CallBrowser(tab.ctx, browser.SetDownloadBehavior, params); err != nil {
		tab.t.Fatal(err)
	}
	return folder
}

// download presses a button and gives the file that comes of it, which is gone from the folder then.
func (tab *Tab) download(folder, button string) (name string, text []byte) {
	tab.t.Helper()
	tab.PressNamed("button", button)
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for begun := time.Now(); time.Since(begun) < patience; <-tick.C {
		found, err := filepath.Glob(filepath.Join(folder, "*"))
		if err != nil {
			tab.t.Fatal(err)
		}
		for _, path := range found {
			if strings.HasSuffix(path, ".crdownload") || strings.HasPrefix(filepath.Base(path), ".") {
				continue // under way
			}
			if text, err = os.ReadFile(path); err != nil {
				tab.t.Fatal(err)
			}
			if err := os.Remove(path); err != nil {
				tab.t.Fatal(err)
			}
			return filepath.Base(path), text
		}
	}
	tab.t.Fatalf("%s gave no file within %v; the dialog says:\n%s", button, patience, tab.Read("dialog", theShare))
	return "", nil
}

// wave publishes two series of so many readings each, 10 ms apart, that end
// now, and gives them. The second has every other one.
func wave(t *testing.T, d *device.Device, n int) []plotbeam.Reading {
	t.Helper()
	var all []plotbeam.Reading
	begun := time.Now().Truncate(time.Microsecond).Add(-time.Duration(n) * 10 * time.Millisecond)
	for i := range n {
		at := begun.Add(time.Duration(i) * 10 * time.Millisecond)
		all = append(all, plotbeam.Reading{Time: at, Series: "sine, slow", Unit: "Cel", Value: math.Sin(float64(i) / 50)})
		if i%2 == 0 {
			all = append(all, plotbeam.Reading{Time: at, Series: "third", Value: float64(i) / 3})
		}
	}
	if err := d.Publish(all...); err != nil {
		t.Fatal(err)
	}
	d.Flush()
	return all
}

// Files of all that is held have every reading, by value.
func TestExportIsWhatCame(t *testing.T) {
	b := New(t)
	d := b.Device(device.Config{ID: "psu"})
	remote := b.Open("/remote/psu")
	ready(t, d, 1)
	sent := wave(t, d, 3000)
	remote.streaming("sine, slow", 3000)
	remote.streaming("third", 1500)
	folder := remote.keepDownloads()
	remote.share()
	remote.PressNamed("radio", held)

	name, text := remote.download(folder, "CSV")
	if !regexp.MustCompile(`^psu-\d{4}-\d{2}-\d{2}T\d{6}Z\.csv$`).MatchString(name) {
		t.Errorf("the file is called %s", name)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if header := strings.Join(rows[0], "|"); header != "time|sine, slow (°C)|third" {
		t.Errorf("the header is %s", header)
	}
	var got []plotbeam.Reading
	for _, row := range rows[1:] {
		at, err := time.Parse("2006-01-02T15:04:05.000000Z", row[0])
		if err != nil {
			t.Fatal(err)
		}
		for i, series := range []string{"sine, slow", "third"} {
			var v float64
			if row[i+1] == "" {
				continue
			}
			if _, err := fmt.Sscan(row[i+1], &v); err != nil {
				t.Fatal(err)
			}
			got = append(got, plotbeam.Reading{Time: at, Series: series, Value: v})
		}
	}
	same(t, "CSV", got, sent)

	name, text = remote.download(folder, "NDJSON")
	if !strings.HasSuffix(name, "Z.ndjson") {
		t.Errorf("the file is called %s", name)
	}
	same(t, "NDJSON", readBack(t, text), sent)
}

// readBack reads a file as `plotbeam device stdin` does.
func readBack(t *testing.T, text []byte) (all []plotbeam.Reading) {
	t.Helper()
	lines, err := source.NewLines(source.LinesConfig{Input: bytes.NewReader(text), OnSkip: func(s source.Skip) { t.Errorf("skipped: %+v", s) }})
	if err != nil {
		t.Fatal(err)
	}
	if err := lines.Run(t.Context(), func(readings ...plotbeam.Reading) error { all = append(all, readings...); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

// same compares times, series and values.
func same(t *testing.T, what string, got, want []plotbeam.Reading) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s has %d readings, want %d", what, len(got), len(want))
	}
	for i, r := range got {
		if w := want[i]; !r.Time.Equal(w.Time) || r.Series != w.Series || r.Value != w.Value {
			t.Fatalf("%s: reading %d is %+v, want %+v", what, i, r, w)
		}
	}
}

// A file of what is visible has the readings of that time, and no others.
func TestExportOfWhatIsVisible(t *testing.T) {
	b := New(t)
	d := b.Device(device.Config{ID: "psu"})
	remote := b.Open("/remote/psu")
	ready(t, d, 1)
	sent := wave(t, d, 3000) // 30 s, of which the page shows 10 s
	remote.streaming("sine, slow", 3000)
	remote.streaming("third", 1500)
	folder := remote.keepDownloads()
	remote.share()
	remote.PressNamed("radio", visible)
	_, text := remote.download(folder, "NDJSON")
	got := readBack(t, text)
	if len(got) < 300 || len(got) > 1510 {
		t.Fatalf("%d readings, want those of 10 s at the most", len(got))
	}
	first := slices.IndexFunc(sent, func(r plotbeam.Reading) bool { return r.Time.Equal(got[0].Time) })
	if first < 2900 || first+len(got) > len(sent) {
		t.Fatalf("%d readings from number %d of %d on", len(got), first, len(sent))
	}
	same(t, "the file", got, sent[first:first+len(got)])
}

// The picture is the plot's, pixel by pixel as large, and something is on it.
func TestPictureOfThePlot(t *testing.T) {
	b := New(t)
	d := b.Device(device.Config{ID: "psu"})
	remote := b.Open("/remote/psu")
	ready(t, d, 1)
	wave(t, d, 900)
	remote.streaming("third", 450)
	folder := remote.keepDownloads()
	remote.share()
	name, text := remote.download(folder, "Picture (PNG)")
	if !regexp.MustCompile(`^psu-.*Z\.png$`).MatchString(name) {
		t.Errorf("the file is called %s", name)
	}
	picture, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	size := Eval[[]int](remote, `(({width, height}) => [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)])(document.querySelector("canvas").getBoundingClientRect())`)
	if got := picture.Bounds().Size(); got != image.Pt(size[0], size[1]) {
		t.Errorf("the picture has %v pixels, the plot %v", got, size)
	}
	colours := map[[3]uint32]int{}
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			r, g, b, _ := picture.At(x, y).RGBA()
			colours[[3]uint32{r >> 8, g >> 8, b >> 8}]++
		}
	}
	blue := colours[[3]uint32{0x00, 0x72, 0xb2}] // of the first series, in light dress
	if len(colours) < 5 || blue < 100 {
		t.Errorf("%d colours, %d pixels of the first series", len(colours), blue)
	}
}
