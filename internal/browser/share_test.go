package browser_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"html"
	"image"
	"image/png"
	"math"
	"net/http"
	"net/http/httptest"
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

// settle waits until the page has found its form, as a person does before pressing something.
func (tab *Tab) settle() {
	tab.t.Helper()
	tab.Await("the page to stand still", `(async () => {
		const place = () => JSON.stringify([...document.querySelectorAll("button")].map((one) => one.getBoundingClientRect()));
		const before = place();
		await new Promise((done) => setTimeout(done, 300));
		return place() === before;
	})()`)
}

// share opens the dialog.
func (tab *Tab) share() {
	tab.t.Helper()
	tab.settle()
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
			if len(text) == 0 {
				continue // the name is taken, and nothing written yet
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
	if header := strings.Join(rows[0], "|"); header != "time|sine, slow (Cel)|third" {
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
	back := readBack(t, text)
	same(t, "NDJSON", back, sent)
	if back[0].Unit != "Cel" {
		t.Errorf("its unit is %q", back[0].Unit)
	}
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

// chosen gives the words of the option that a list shows.
func (tab *Tab) chosen(list string) string {
	tab.t.Helper()
	return On[string](tab, "combobox", list, `function () { return this.selectedOptions[0].text; }`)
}

// A link carries the view to another tab, and the button copies it.
func TestLinkCarriesTheView(t *testing.T) {
	b := New(t)
	wave(t, b.Device(device.Config{ID: "psu"}), 500)
	remote := b.Open("/remote/psu?path=relay&layout=stacked&hide=third&range=sine,+slow:-2:2#key", noted)
	remote.streaming("third", 250)
	remote.share()
	remote.Await("the code", `((code) => code.complete && code.naturalWidth > 0)(document.querySelector('img[alt="QR code of the link"]'))`)
	if code := On[string](remote, "image", "QR code of the link", `function () { return this.src; }`); strings.Contains(code, "key") {
		t.Errorf("what is behind # is sent to the hub: %s", code)
	}
	says(t, remote.Read("dialog", theShare), "leaves out what stands behind #", "this computer's own")
	remote.PressNamed("button", "Close")
	remote.choose("Window", "5 min")
	remote.share()
	link := remote.value("Link")
	if want := b.URL + "/remote/psu?path=relay&window=5min&layout=stacked&hide=third&range=sine%2C+slow:-2:2#key"; link != want {
		t.Errorf("the link is %s, want %s", link, want)
	}
	remote.PressNamed("button", "Copy link")
	remote.Await("the link to be copied", fmt.Sprintf("window.copied === %q", link))

	other := b.OpenURL(link)
	other.streaming("third", 250)
	if window := other.chosen("Window"); window != "5 min" {
		t.Errorf("the window there is %s", window)
	}
	other.AwaitFact("path", "relay")
	other.point(1, 1) // a person is there
	other.awaitDescribed("one series of two", func(text string) bool {
		return strings.Contains(text, "sine, slow") && !strings.Contains(text, "third")
	})
	folder := other.keepDownloads()
	other.share()
	if again := other.value("Link"); again != link {
		t.Errorf("the link there is %s, want %s", again, link)
	}
	_, text := other.download(folder, "CSV")
	if header, _, _ := strings.Cut(string(text), "\n"); header != `time,"sine, slow (Cel)"` {
		t.Errorf("what is visible there is %s", header)
	}
}

// A link to the past shows another tab the same stretch of time.
func TestLinkToThePast(t *testing.T) {
	b := New(t)
	d := b.Device(device.Config{ID: "psu"})
	wave(t, d, 500)
	remote := b.Open("/remote/psu")
	remote.streaming("third", 250)
	remote.settle()
	remote.PressNamed("button", "Pause")
	remote.AwaitText("button", "Live", "a way back", func(text string) bool { return text != "" })
	wave(t, d, 40) // later: not in the picture
	remote.streaming("third", 270)
	folder := remote.keepDownloads()
	remote.share()
	link := remote.value("Link")
	if !strings.Contains(link, "&from=") || !strings.Contains(link, "&to=") {
		t.Fatalf("the link is %s", link)
	}
	_, here := remote.download(folder, "NDJSON")
	other := b.OpenURL(link)
	other.streaming("third", 270)
	other.AwaitText("button", "Live", "a view that stands still", func(text string) bool { return text != "" })
	folder = other.keepDownloads()
	other.share()
	_, there := other.download(folder, "NDJSON")
	if got, want := readBack(t, there), readBack(t, here); len(want) < 100 || len(got) < len(want) || len(got) > len(want)+3 { // its ends are whole ms
		t.Errorf("%d readings are visible there, %d here", len(got), len(want))
	}
	remote.PressNamed("checkbox", "Show this stretch of time")
	if link := remote.value("Link"); strings.Contains(link, "from=") {
		t.Errorf("the link is %s", link)
	}
}

// In another page there is the plot with its state and values, and nothing around it.
func TestEmbedded(t *testing.T) {
	b := New(t)
	d := b.Device(device.Config{ID: "psu"})
	wave(t, d, 500)
	remote := b.Open("/remote/psu?window=30s&hide=third")
	remote.streaming("third", 250)
	remote.share()
	frame := remote.value("HTML for another page")
	source := regexp.MustCompile(`^<iframe src="(.*?)"`).FindStringSubmatch(frame)
	if source == nil {
		t.Fatalf("the HTML is %s", frame)
	}

	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<!doctype html><title>Somebody's page</title>%s%s", frame, frame)
	}))
	t.Cleanup(page.Close)
	b.OpenURL(page.URL)
	ready(t, d, 3) // two more: neither frame takes the other's id

	inside := b.OpenURL(html.UnescapeString(source[1]))
	inside.streaming("third", 250)
	for _, gone := range [][2]string{{"banner", ""}, {"navigation", "Pages"}, {"button", sharing}, {"button", checkConnection}, {"combobox", "Window"}} {
		if text := inside.Read(gone[0], gone[1]); text != "" {
			t.Errorf("there is a %s %s: %s", gone[0], gone[1], text)
		}
	}
	if text := inside.Read("heading", "psu"); text != "psu" {
		t.Errorf("the heading says %q", text)
	}
	inside.AwaitText("status", "", "the state", func(text string) bool { return strings.Contains(text, "Live") })
	if plot := On[string](inside, "image", Eval[string](inside, `document.querySelector("canvas").getAttribute("aria-label")`), `function () { return getComputedStyle(this).visibility; }`); plot != "visible" {
		t.Errorf("the plot is %s", plot)
	}
	inside.PressNamed("link", "Open")
}
