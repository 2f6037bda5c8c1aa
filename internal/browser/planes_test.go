package browser_test

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
)

// pictured is what the picture of a region says to who does not see it.
func (tab *Tab) pictured(region string) string {
	tab.t.Helper()
	return On[string](tab, "region", region, `function () { return this.querySelector("[role=img]").ariaLabel; }`)
}

// numbers are those in a text, as people write them.
func numbers(text string) (all []float64) {
	text = strings.NewReplacer("−", "-", ",", "").Replace(text)
	for _, one := range regexp.MustCompile(`-?\d+(\.\d+)?`).FindAllString(text, -1) {
		v, _ := strconv.ParseFloat(one, 64)
		all = append(all, v)
	}
	return all
}

func near(got, want, by float64) bool { return math.Abs(got-want) <= by }

// turning publishes two sines of 7 Hz, 200 times a second: 2 V, and 3 A a
// quarter of a turn ahead around 10 A.
func turning(t *testing.T, d *device.Device) {
	t.Helper()
	quit, done := make(chan struct{}), make(chan struct{})
	begun := time.Now().Truncate(time.Microsecond)
	go func() {
		defer close(done)
		tick := time.NewTicker(pace)
		defer tick.Stop()
		for n := 0; ; {
			select {
			case <-tick.C:
			case <-quit:
				return
			}
			for ; n < int(time.Since(begun)/(5*time.Millisecond)); n++ {
				at := begun.Add(time.Duration(n) * 5 * time.Millisecond)
				turn := 2 * math.Pi * 7 * float64(n) / 200
				d.Publish(plotbeam.Reading{Series: "sine", Unit: "V", Time: at, Value: 2 * math.Sin(turn)},
					plotbeam.Reading{Series: "cosine", Unit: "A", Time: at, Value: 10 + 3*math.Cos(turn)})
			}
		}
	}()
	t.Cleanup(func() { close(quit); <-done })
}

// peakOf gives the frequency and the amplitude that the spectrum tells.
func (tab *Tab) peakOf() (hertz, amplitude float64) {
	found := numbers(strings.TrimPrefix(regexp.MustCompile(`Peak at [^\n]*`).FindString(tab.Read("region", "Spectrum")), "Peak at "))
	if len(found) != 2 {
		return math.NaN(), math.NaN()
	}
	return found[0], found[1]
}

func TestSpectrum(t *testing.T) {
	b := New(t)
	d := b.Device(device.Config{ID: "psu"})
	turning(t, d)
	remote := b.Open("/remote/psu")
	remote.streaming("sine", 600)
	remote.choose("View", "Spectrum")
	remote.AwaitText("region", "Spectrum", "the peak of the first series", func(string) bool {
		hertz, volt := remote.peakOf()
		return near(hertz, 7, 0.1) && near(volt, 2, 0.1)
	})
	says(t, remote.pictured("Spectrum"), `^Spectrum of sine in V\. Peak at 7\.\d+ Hz: [12]\.\d+ V\.$`)
	if remote.there("image", "Live plot of sine in V, cosine in A from psu: Live") {
		t.Error("the plot over time is shown beside the spectrum")
	}

	remote.choose("Series", "cosine")
	remote.AwaitText("region", "Spectrum", "the peak of the other series", func(text string) bool {
		hertz, ampere := remote.peakOf()
		return near(hertz, 7, 0.1) && near(ampere, 3, 0.15) && strings.Contains(text, " A")
	})
	remote.choose("Amplitude", "in dB")
	remote.AwaitText("region", "Spectrum", "the peak in dB", func(text string) bool {
		hertz, decibel := remote.peakOf()
		return near(hertz, 7, 0.1) && near(decibel, 20*math.Log10(3), 0.4) && strings.Contains(text, "dB")
	})
	remote.choose("Frequency", "log")
	remote.AwaitText("region", "Spectrum", "how it was made", func(text string) bool {
		return strings.Contains(text, "readings in ") && strings.Contains(text, ", 200/s") && strings.Contains(text, "resolution 0.")
	})

	remote.PressNamed("button", "Pause")
	remote.AwaitText("button", "Live", "a way back", func(text string) bool { return text == "Live" })
	still := remote.settled("Spectrum")
	before := len(remote.Received("sine").Values)
	remote.streaming("sine", before+200)
	if now := remote.Read("region", "Spectrum"); now != still {
		t.Errorf("paused, it has changed from\n%s\nto\n%s", still, now)
	}

	remote.share()
	link := remote.value("Link")
	says(t, link, `&view=spectrum&of=cosine&amplitude=decibel&frequency=log$`)
	remote.PressNamed("button", "Close")
	other := b.OpenURL(link)
	other.AwaitText("region", "Spectrum", "what the link shows", func(text string) bool {
		return strings.Contains(text, "dB") && other.chosen("Series") == "cosine" && other.chosen("Frequency") == "log"
	})

	remote.choose("View", "Time")
	remote.share()
	if link := remote.value("Link"); strings.Contains(link, "view") {
		t.Errorf("the link of a plot over time is %s", link)
	}
	remote.PressNamed("button", "Close")
	remote.AwaitText("region", "Spectrum", "no spectrum", func(text string) bool { return text == "" })
	remote.Await("the plot", `getComputedStyle(document.getElementById("plot")).visibility === "visible"`)
	if On[string](remote, "image", "Live plot of sine in V, cosine in A from psu: Live", `function () { return this.tagName; }`) != "CANVAS" {
		t.Error("the plot over time is not shown again")
	}
}

// settled waits until the text of a region has stayed the same for five looks.
func (tab *Tab) settled(region string) string {
	tab.t.Helper()
	text, same := "", 0
	return tab.AwaitText("region", region, "rest", func(now string) bool {
		if same++; now != text {
			text, same = now, 0
		}
		return same == 5
	})
}

// One series over another, live and paused.
func TestXY(t *testing.T) {
	b := New(t)
	d := b.Device(device.Config{ID: "psu"})
	turning(t, d)
	remote := b.Open("/remote/psu")
	remote.streaming("sine", 400)
	remote.choose("View", "XY")
	remote.AwaitText("region", "XY plot", "both ranges", func(text string) bool {
		got := numbers(text[strings.Index(text, "X −")+1:])
		return len(got) > 4 && near(got[0], -2, 0.1) && near(got[1], 2, 0.1) && near(got[2], 7, 0.1) && near(got[3], 13, 0.1)
	})
	says(t, remote.pictured("XY plot"), `^XY plot of cosine in A over sine in V\. X −[\d.]+ to [\d.]+ V · Y [\d.]+ to [\d.]+ A\.$`)
	remote.AwaitText("region", "XY plot", "pairs that do not go together", func(text string) bool { return strings.Contains(text, "pairs · correlation") })

	remote.choose("X", "cosine")
	remote.AwaitText("region", "XY plot", "a series over itself", func(text string) bool { return strings.Contains(text, "correlation 1.00") })
	remote.share()
	other := b.OpenURL(remote.value("Link"))
	other.AwaitText("region", "XY plot", "what the link shows", func(text string) bool {
		return strings.Contains(text, "correlation 1.00") && other.chosen("X") == "cosine" && other.chosen("Y") == "cosine" && other.chosen("View") == "XY"
	})

	// A device that goes quiet leaves what was there.
	lone := b.Device(device.Config{ID: "lone"})
	for i := range 5 {
		lone.Publish(plotbeam.Reading{Series: "only", Value: float64(i)})
	}
	other = b.Open("/remote/lone")
	other.streaming("only", 5)
	other.choose("View", "XY")
	other.AwaitText("region", "XY plot", "one series over itself", func(text string) bool { return strings.Contains(text, "X 0 to 4.00 · Y 0 to 4.00") })
	other.choose("View", "Spectrum")
	other.AwaitText("region", "Spectrum", "what is missing", func(text string) bool { return strings.Contains(text, "Too few readings in view: 5 of 8") })
}
