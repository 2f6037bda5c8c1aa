package source

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/plotbeam/plotbeam"
)

// Kind is what a [Generator] makes.
type Kind string

const (
	Random Kind = "random" // whole numbers from 1 to 100
	Sine   Kind = "sine"   // from -1 to 1, a period every 10 s
	Walk   Kind = "walk"   // from 0 on, in normally distributed steps that sum up to about 1 in a second
)

// ParseKind checks the name of a kind.
func ParseKind(s string) (Kind, error) {
	switch k := Kind(s); k {
	case Random, Sine, Walk:
		return k, nil
	}
	return "", fmt.Errorf("generator %s: choose one of %s, %s, %s", plotbeam.Quote(s), Random, Sine, Walk)
}

// GeneratorConfig says what a [Generator] makes. Its zero value makes 5 random numbers a second for ever.
type GeneratorConfig struct {
	// Kind is what is made; empty means Random.
	Kind Kind
	// Rate is how many readings a second, at most MaxRate. Zero means 5; negative is an error.
	Rate float64
	// Seed makes the values repeatable. Zero means one that is drawn at random.
	Seed uint64
	// Count ends it after so many readings. Zero means for ever; negative is an error.
	Count int
	// Series is the name; empty means that of the kind.
	Series string
	// Reins halt it, and change its rate, while it runs. Nil means that nobody does.
	Reins *Reins
}

const (
	defaultRate = 5
	sinePeriod  = 10 // seconds
	seedStream  = 0x706c6f746265616d
)

// Generator makes readings of one series at a steady rate.
type Generator struct {
	cfg  GeneratorConfig
	pace pace
}

// NewGenerator checks cfg and fills in its defaults.
func NewGenerator(cfg GeneratorConfig) (*Generator, error) {
	if cfg.Kind == "" {
		cfg.Kind = Random
	}
	if _, err := ParseKind(string(cfg.Kind)); err != nil {
		return nil, err
	}
	if cfg.Rate == 0 {
		cfg.Rate = defaultRate
	}
	if err := checkRate(cfg.Rate); err != nil {
		return nil, err
	}
	if cfg.Count < 0 {
		return nil, fmt.Errorf("count %d: give the number of readings, or 0 to go on for ever", cfg.Count)
	}
	if cfg.Series == "" {
		cfg.Series = string(cfg.Kind)
	}
	if err := (plotbeam.Series{Name: cfg.Series}).Validate(); err != nil {
		return nil, err
	}
	return &Generator{cfg: cfg, pace: pace{rate: cfg.Rate, count: cfg.Count, reins: cfg.Reins}}, nil
}

// Run publishes until Count is reached or ctx is done, and then returns nil;
// its error is that of publish. Reading n bears the time at which it was due,
// n/Rate after the start in whole microseconds, however late its batch was
// sent; after a halt or another rate it goes on from then. Each Run begins with the first value again, unless the seed is drawn.
func (g *Generator) Run(ctx context.Context, publish Publish) error {
	next := g.values()
	return g.pace.run(ctx, publish, func(out []plotbeam.Reading, _ int, at time.Time, rate float64) []plotbeam.Reading {
		return append(out, plotbeam.Reading{Time: at, Series: g.cfg.Series, Value: next(rate)})
	})
}

// values gives the function that makes one value after the other, and is told
// the rate at which they are made.
func (g *Generator) values() func(rate float64) float64 {
	rng := newRand(g.cfg.Seed)
	switch g.cfg.Kind {
	case Sine:
		n, begun, held := 0, 0.0, g.cfg.Rate // values since the rate changed, in which part of a turn, and to what
		return func(rate float64) float64 {
			_, turn := math.Modf(begun + float64(n)/held/sinePeriod)
			if rate != held {
				n, begun, held = 0, turn, rate
			}
			n++
			return math.Sin(2 * math.Pi * turn)
		}
	case Walk:
		at := 0.0
		return func(rate float64) float64 {
			at += math.Sqrt(1/rate) * rng.NormFloat64()
			return at
		}
	default:
		return func(float64) float64 { return float64(1 + rng.IntN(100)) }
	}
}

func newRand(seed uint64) *rand.Rand {
	if seed == 0 {
		seed = rand.Uint64()
	}
	return rand.New(rand.NewPCG(seed, seedStream))
}
