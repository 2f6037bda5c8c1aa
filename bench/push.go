package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/link"
)

const (
	pushEvery = 2 * time.Millisecond  // a device hands over what was measured since
	mostSlept = 50 * time.Millisecond // of its time is made up for
	catchUp   = 1.25                  // times its pace, when it is behind

	waveLength = 1 << 16 // values in a period
	wavePeriod = 4e6     // µs
	apart      = waveLength / 7
	spikeEvery = 1_000_003 // readings
)

// pushed is what a device says of a run.
type pushed struct {
	Readings int
	Took     time.Duration
	Late     time.Duration // at most, behind its pace
}

// push is one device, which makes rows of readings at the rate that it is asked
// for, until nobody can ask any more: "bench push HUB SERIES COUNTS".
func push(hub string, series int, counts bool) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	p := newPump(series, counts)
	d, err := device.New(device.Config{Hub: hub, ID: deviceID, Link: link.Config{Loopback: true}, Series: p.series})
	if err != nil {
		return err
	}
	go d.Run(ctx)
	type outcome struct {
		pushed
		err error
	}
	ran := make(chan outcome, 1) // one run at a time
	return answer(func(words []string) (any, error) {
		switch words[0] {
		case "wait": // for the first viewer
			waiting, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			return true, d.WaitViewers(waiting, 1)
		case "run": // RATE LASTING
			rate, err := strconv.Atoi(words[1])
			lasting, err2 := time.ParseDuration(words[2])
			go func() {
				done, err := p.run(d, rate, lasting)
				ran <- outcome{done, err}
			}()
			return true, errors.Join(err, err2)
		case "ran":
			o := <-ran
			return o.pushed, o.err
		}
		return nil, fmt.Errorf("a device does not know %q", words[0])
	})
}

// pump makes readings: a sine for each series, with noise, and a spike now and
// then. It takes them from a table, as a device takes them from its converter.
type pump struct {
	series []plotbeam.Series
	wave   [waveLength]float64
	batch  []plotbeam.Reading
	made   int
}

func newPump(series int, counts bool) *pump {
	p := &pump{}
	for i := range p.wave {
		v := math.Sin(2*math.Pi*float64(i)/waveLength) + 0.1*rand.Float64()
		if counts {
			v = math.Round(v / 4 * math.MaxInt16) // of a converter whose range is four times the sine's
		}
		p.wave[i] = v
	}
	for i := range series {
		p.series = append(p.series, plotbeam.Series{Name: fmt.Sprintf("s%d", i+1), Unit: "V"})
	}
	return p
}

// run publishes rows at an even pace; the rate is that of all series together.
// Where others had the processor too long it catches up gently: a burst would
// measure something else.
func (p *pump) run(d *device.Device, rate int, lasting time.Duration) (pushed, error) {
	var done pushed
	step := float64(time.Second) * float64(len(p.series)) / float64(rate) // ns between two rows
	total := int(float64(lasting) / step)
	begun := time.Now()
	woke := time.Duration(0)
	for rows := 0; rows < total; time.Sleep(pushEvery) {
		now := time.Since(begun)
		slept := min(now-woke, mostSlept)
		woke = now
		due := int(float64(now)/step) + 1
		done.Late = max(done.Late, now-time.Duration(float64(rows)*step))
		p.batch = p.batch[:0]
		for most := rows + int(catchUp*float64(slept)/step) + 1; rows < min(due, most, total); rows++ {
			p.row(begun.Add(time.Duration(float64(rows) * step)))
		}
		if err := d.Publish(p.batch...); err != nil {
			return done, err
		}
	}
	d.Flush()
	done.Readings, done.Took = total*len(p.series), time.Since(begun)
	return done, nil
}

func (p *pump) row(at time.Time) {
	phase := int(at.UnixMicro() % wavePeriod * waveLength / wavePeriod)
	for i := range p.series {
		v := p.wave[(phase+i*apart)%waveLength]
		if p.made++; p.made%spikeEvery == 0 {
			v *= 3
		}
		p.batch = append(p.batch, plotbeam.Reading{Time: at, Series: p.series[i].Name, Value: v})
	}
}
