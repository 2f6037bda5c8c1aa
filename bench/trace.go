package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/tracing"
	"github.com/chromedp/chromedp"
)

// The categories of Chromium's trace that hold the tasks of each thread, the
// compositor's frames, the pictures that reach the screen, and the page's marks.
var traced = []string{"disabled-by-default-devtools.timeline", "disabled-by-default-devtools.timeline.frame", "disabled-by-default-display.framedisplayed", "blink.user_timing"}

const (
	traceShown = "Display::FrameDisplayed"
	traceMark  = "plotbeam bench" // a page makes one where the measured time begins, and one where it ends
)

// traceEvent is what is read of one of its events. Times are in µs.
type traceEvent struct {
	Name  string          `json:"name"`
	Phase string          `json:"ph"`
	PID   int             `json:"pid"`
	TID   int             `json:"tid"`
	Time  float64         `json:"ts"`
	Took  float64         `json:"dur"`
	Spent float64         `json:"tdur"` // CPU
	Args  json.RawMessage `json:"args"`
}

// smoothness is what a trace says of a page that is alone in its browser.
type smoothness struct {
	shown    float64   // pictures that reached the screen, a second
	pause    float64   // ms, the longest without one
	dropped  float64   // frames that the page's compositor gave up, a second
	main     []float64 // ms of the main thread between each two pictures, ascending
	mainCPU  []float64 // likewise, without the time in which others had the processor
	mainLoad float64   // of the whole time that the main thread was busy
}

// traceWhile traces a page while something is done.
func traceWhile(tab context.Context, doing func() error) (events []traceEvent, err error) {
	listening, stop := context.WithCancel(tab)
	defer stop()
	var mu sync.Mutex
	var wrong error
	complete := make(chan bool, 1) // told once whether events were lost
	err = chromedp.Listen(listening, func(event any) {
		switch e := event.(type) {
		case *tracing.EventDataCollected:
			mu.Lock()
			defer mu.Unlock()
			for _, text := range e.Value {
				var one traceEvent
				wrong = cmp.Or(wrong, json.Unmarshal(text, &one))
				events = append(events, one)
			}
		case *tracing.EventTracingComplete:
			complete <- e.DataLossOccurred
		}
	})
	if err != nil {
		return nil, err
	}
	if _, err := chromedp.Call(tab, tracing.Start, tracing.StartParams{TraceConfig: &tracing.TraceConfig{IncludedCategories: traced}}); err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	if err := doing(); err != nil {
		return nil, err
	}
	ending, cancel := context.WithTimeout(tab, patience)
	defer cancel()
	if _, err := chromedp.Call(ending, tracing.End, cdp.Empty{}); err != nil {
		return nil, fmt.Errorf("end the trace: %w", err)
	}
	select {
	case lost := <-complete:
		if lost {
			return nil, errors.New("the trace has lost events")
		}
	case <-ending.Done():
		return nil, fmt.Errorf("end the trace: %w", ending.Err())
	}
	mu.Lock()
	defer mu.Unlock()
	if wrong != nil {
		return nil, fmt.Errorf("read the trace: %w", wrong)
	}
	return events, nil
}

// task is one task of a thread.
type task struct{ start, end, cpu float64 }

// thread names one of Chromium's.
type thread struct{ pid, tid int }

// judge makes of a trace what is to be known of the time between its marks.
func judge(events []traceEvent) (s smoothness, err error) {
	names := map[thread]string{}
	tasks := map[thread][]task{}
	var marks, pictures, drops []float64
	for _, e := range events {
		at := thread{e.PID, e.TID}
		switch e.Name {
		case "thread_name":
			var named struct {
				Name string `json:"name"`
			}
			if err := json.Unmarshal(e.Args, &named); err != nil {
				return s, fmt.Errorf("read the trace: %w", err)
			}
			names[at] = named.Name
		case "RunTask":
			tasks[at] = append(tasks[at], e.task())
		case traceShown:
			pictures = append(pictures, e.Time)
		case "DroppedFrame":
			drops = append(drops, e.Time)
		case traceMark:
			marks = append(marks, e.Time)
		}
	}
	if len(marks) < 2 {
		return s, errors.New("the trace lacks the page's marks")
	}
	begin, end := slices.Min(marks), slices.Max(marks)
	var main []task // of the one page that does something
	for at, all := range tasks {
		if all = within(all, begin, end); names[at] == "CrRendererMain" && busy(all) > busy(main) {
			main = all
		}
	}
	outside := func(at float64) bool { return at < begin || at > end }
	pictures, drops = slices.DeleteFunc(pictures, outside), slices.DeleteFunc(drops, outside)
	slices.Sort(pictures)
	last := begin
	for _, at := range append(pictures, end) {
		s.pause, last = max(s.pause, (at-last)/1e3), at
	}
	seconds := (end - begin) / 1e6
	s.shown, s.dropped, s.mainLoad = float64(len(pictures))/seconds, float64(len(drops))/seconds, busy(main)/1e6/seconds
	s.main, s.mainCPU = between(main, pictures, task.took), between(main, pictures, task.spent)
	return s, nil
}

// task is that of an event; one that has no end, or no beginning, in the trace is long.
func (e traceEvent) task() task {
	const long = 1e9
	switch e.Phase {
	case "B":
		return task{e.Time, e.Time + long, long} // of whose CPU nobody tells
	case "E":
		return task{e.Time - long, e.Time, long}
	}
	return task{e.Time, e.Time + e.Took, e.Spent}
}

// within cuts tasks to a time.
func within(tasks []task, begin, end float64) (cut []task) {
	for _, t := range tasks {
		from, to := max(t.start, begin), min(t.end, end)
		if from < to {
			cut = append(cut, task{from, to, t.cpu * (to - from) / t.took()})
		}
	}
	return cut
}

func (t task) took() float64  { return t.end - t.start }
func (t task) spent() float64 { return t.cpu }

func busy(tasks []task) (all float64) {
	for _, t := range tasks {
		all += t.took()
	}
	return all
}

// between is how many ms of the tasks fall between each two moments, ascending.
// A task that goes on over several counts in each with its part.
func between(tasks []task, moments []float64, weight func(task) float64) []float64 {
	if len(moments) < 2 {
		return nil
	}
	all := make([]float64, len(moments)-1)
	for _, t := range tasks {
		i, _ := slices.BinarySearch(moments, t.start)
		for i = max(i, 1); i < len(moments) && moments[i-1] < t.end; i++ {
			part := min(t.end, moments[i]) - max(t.start, moments[i-1])
			if part > 0 {
				all[i-1] += part / t.took() * weight(t) / 1e3
			}
		}
	}
	slices.Sort(all)
	return all
}

// quantile is that of ascending numbers, 0 of none.
func quantile(ascending []float64, q float64) float64 {
	if len(ascending) == 0 {
		return 0
	}
	return ascending[min(len(ascending)-1, int(q*float64(len(ascending))))]
}
