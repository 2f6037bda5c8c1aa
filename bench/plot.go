package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

const (
	plotWidth  = 1200 // CSS px
	plotHeight = 600
	fillWithin = 75 * time.Second // a chart that is not there by then paints nothing
	calmDown   = time.Second      // after the filling
	dense      = 100_000          // readings/s, of the runs at two device pixels per CSS pixel
)

type plotConfig struct {
	rates, series []int
	windows       []time.Duration
	ratio         int // device pixels per CSS pixel; 0 is 1, and also 2 at the dense rate
	lasting       time.Duration
	only          string // a chart; empty means all
	shots         string // a folder for pictures; empty means none
}

// stage is what all charts plot in a row of the table.
type stage struct {
	series int
	window time.Duration
	ratio  int
}

// plots compares the plot with charts of npm's on the same stream.
func plots(c plotConfig) error {
	measured := charts
	if c.only != "" {
		measured = []string{c.only}
	}
	url, stop, err := servePlots(measured)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Println("frames painted a second · ms of the main thread per frame shown, median · p99")
	for _, s := range c.stages() {
		rates := c.rates
		if c.ratio == 0 && s.ratio > 1 {
			rates = []int{dense}
		}
		cells := map[string][]string{}
		for _, rate := range rates {
			for _, chart := range measured {
				got, err := plotOnce(url, c, chart, rate, s)
				fmt.Fprintf(os.Stderr, "%s, %d/s, %v: %v\n", chart, rate, s, or(err, got))
				cells[chart] = append(cells[chart], or(err, got.cell()))
			}
		}
		if err := printStage(s, rates, cells); err != nil {
			return err
		}
	}
	return nil
}

func (c plotConfig) stages() (all []stage) {
	ratios := []int{c.ratio}
	if c.ratio == 0 {
		ratios = []int{1, 2}
	}
	for _, ratio := range ratios {
		for _, series := range c.series {
			for _, window := range c.windows {
				all = append(all, stage{series, window, ratio})
			}
		}
	}
	return all
}

func (s stage) String() string {
	return fmt.Sprintf("%d series, %v, %d device pixels per CSS pixel", s.series, s.window, s.ratio)
}

// or is a chart's result, or in short why it has none.
func or(err error, result any) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "no frame"
	case err != nil:
		return "broke: " + err.Error()
	}
	return fmt.Sprint(result)
}

func printStage(s stage, rates []int, cells map[string][]string) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "\n%v", s)
	for _, rate := range rates {
		fmt.Fprintf(w, "\t%d/s", rate)
	}
	fmt.Fprintln(w)
	for _, chart := range charts {
		if of, found := cells[chart]; found {
			fmt.Fprintf(w, "%s\t%s\n", chart, strings.Join(of, "\t"))
		}
	}
	return w.Flush()
}

// plotted is what came of one run.
type plotted struct {
	smoothness
	painted float64 // frames a second, as the chart counts
	behind  float64 // ms: age of the newest reading that the chart has, at the end
	full    bool    // whether the window was
	filled  float64 // ms that the filling took
}

func (p plotted) cell() string {
	if p.painted == 0 {
		return "no frame"
	}
	text := fmt.Sprintf("%s · %s · %s", short(p.painted), short(quantile(p.main, 0.5)), short(quantile(p.main, 0.99)))
	if !p.full {
		text += " (window not full)"
	}
	return text
}

func (p plotted) String() string {
	return fmt.Sprintf("%.1f painted/s, %.1f shown/s, %.0f ms the longest pause, %.1f dropped/s; main thread %.2f ms a frame, p99 %.2f, of CPU %.2f and %.2f, busy %.0f %%; %.0f ms behind; filled in %.1f s%s",
		p.painted, p.shown, p.pause, p.dropped, quantile(p.main, 0.5), quantile(p.main, 0.99), quantile(p.mainCPU, 0.5), quantile(p.mainCPU, 0.99), 100*p.mainLoad, p.behind, p.filled/1e3, map[bool]string{false: ", the window not full"}[p.full])
}

// counted is what the page tells of its chart.
type counted struct{ Frames, At, Newest, Now, Filled float64 }

const counting = `(() => { performance.mark("` + traceMark + `"); const { frames, at, newest } = window.bench.painted(); return { Frames: frames, At: at, Newest: newest, Now: performance.timeOrigin + performance.now(), Filled: window.bench.filled }; })()`

// plotOnce measures one chart in a browser of its own.
func plotOnce(url string, c plotConfig, chart string, rate int, s stage) (got plotted, err error) {
	browser, stop, err := launch()
	if err != nil {
		return got, err
	}
	defer stop()
	err = chromedp.Do(browser, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: plotWidth + 80, Height: plotHeight + 120, DeviceScaleFactor: float64(s.ratio)})
		return err
	}), chromedp.Navigate(fmt.Sprintf("%s/?chart=%s&rate=%d&series=%d&window=%d&width=%d&height=%d", url, chart, rate, s.series, s.window.Milliseconds(), plotWidth, plotHeight)))
	if err != nil {
		return got, err
	}
	within, cancel := context.WithTimeout(browser, fillWithin+c.lasting+patience)
	defer cancel()
	phase, err := awaitWithin(within, fillWithin, `window.bench === undefined || window.bench.phase === "filling" ? 0 : window.bench.phase === "full" ? 1 : 2`)
	if err != nil {
		return got, err
	}
	got.full = phase == 1
	time.Sleep(calmDown)
	var before, after counted
	events, err := traceWhile(within, func() (err error) {
		if before, err = chromedp.Run(within, chromedp.Evaluate[counted](counting)); err != nil {
			return err
		}
		time.Sleep(c.lasting)
		after, err = chromedp.Run(within, chromedp.Evaluate[counted](counting))
		return err
	})
	if err != nil {
		return got, err
	}
	if got.smoothness, err = judge(events); err != nil {
		return got, err
	}
	if took := after.At - before.At; took > 0 {
		got.painted = (after.Frames - before.Frames) / took * 1e3
	}
	got.behind, got.filled = after.Now-after.Newest, after.Filled
	if c.shots == "" {
		return got, nil
	}
	return got, shoot(within, filepath.Join(c.shots, fmt.Sprintf("%s-%d-%d-%v-%d.png", chart, rate, s.series, s.window, s.ratio)))
}

// shoot takes a picture of the page.
func shoot(tab context.Context, file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	png, err := chromedp.Run(tab, chromedp.CaptureScreenshot())
	if err != nil {
		return err
	}
	return os.WriteFile(file, png, 0o644)
}
