package source

import (
	"context"
	"math"
	"math/rand/v2"
	"time"

	"github.com/plotbeam/plotbeam"
)

// SimulatedConfig says how a [Simulated] device runs. Its zero value works.
type SimulatedConfig struct {
	// Rate is how many rows a second, at most MaxRate. Zero means SimulatedRate; negative is an error.
	Rate float64
	// Seed makes the values repeatable. Zero means one that is drawn at random.
	Seed uint64
	// Reins halt it, and change its rate, while it runs. Nil means that nobody does.
	Reins *Reins
}

// SimulatedRate is how many rows a second a [Simulated] device makes unless told otherwise.
const SimulatedRate = 50

// Simulated is a motor on a lab power supply that does not exist:
//
//	temperature  Cel    drifts slowly, and warms under load
//	voltage      V      12 V with ripple, and a dip now and then
//	current      A      follows a load that changes every few seconds, and surges where the voltage dips
//	vibration    m/s2   quiet, with bursts
type Simulated struct {
	cfg SimulatedConfig
}

// NewSimulated checks cfg and fills in its defaults.
func NewSimulated(cfg SimulatedConfig) (*Simulated, error) {
	if cfg.Rate == 0 {
		cfg.Rate = SimulatedRate
	}
	if err := checkRate(cfg.Rate); err != nil {
		return nil, err
	}
	return &Simulated{cfg: cfg}, nil
}

// Run publishes rows of four readings until ctx is done, and then returns nil;
// its error is that of publish.
func (s *Simulated) Run(ctx context.Context, publish Publish) error {
	m := newMotor(s.cfg)
	return pace{rate: s.cfg.Rate, reins: s.cfg.Reins}.run(ctx, publish, func(out []plotbeam.Reading, _ int, at time.Time, rate float64) []plotbeam.Reading {
		m.dt = 1 / rate
		m.step()
		return append(out,
			plotbeam.Reading{Time: at, Series: "temperature", Unit: "Cel", Value: round(m.temperature+0.02*m.rng.NormFloat64(), 100)},
			plotbeam.Reading{Time: at, Series: "voltage", Unit: "V", Value: round(m.voltage(), 1000)},
			plotbeam.Reading{Time: at, Series: "current", Unit: "A", Value: round(m.current(), 1000)},
			plotbeam.Reading{Time: at, Series: "vibration", Unit: "m/s2", Value: round(m.vibration(), 1000)})
	})
}

// motor is the state of the simulated device; step moves it by dt seconds.
type motor struct {
	rng         *rand.Rand
	dt          float64
	seconds     float64
	temperature float64
	load        float64 // A, what the motor draws
	loadGoal    float64
	dip         float64 // V that are missing now
	burst       float64 // m/s2, the amplitude of the burst now
}

func newMotor(cfg SimulatedConfig) *motor {
	return &motor{rng: newRand(cfg.Seed), dt: 1 / cfg.Rate, temperature: 38, load: 1.2, loadGoal: 1.6}
}

func (m *motor) step() {
	m.seconds += m.dt
	if m.happens(8) {
		m.loadGoal = 0.8 + 2.2*m.rng.Float64()
	}
	m.load += m.near(0.6) * (m.loadGoal - m.load)
	goal := 33 + 4*m.load + 2*math.Sin(2*math.Pi*m.seconds/300)
	m.temperature += m.near(45) * (goal - m.temperature)
	if m.dip -= m.near(0.25) * m.dip; m.happens(15) {
		m.dip = 0.8 + 1.4*m.rng.Float64()
	}
	if m.burst -= m.near(0.7) * m.burst; m.happens(6) {
		m.burst = 2 + 4*m.rng.Float64()
	}
}

// happens is true once every so many seconds on average.
func (m *motor) happens(seconds float64) bool { return m.rng.Float64() < m.dt/seconds }

// near is the share of its way that a first-order lag goes in one step.
func (m *motor) near(seconds float64) float64 { return 1 - math.Exp(-m.dt/seconds) }

func (m *motor) voltage() float64 {
	ripple := 0.03 * math.Sin(2*math.Pi*7.3*m.seconds)
	return 12.05 - 0.04*m.load - m.dip + ripple + 0.004*m.rng.NormFloat64()
}

func (m *motor) current() float64 {
	ripple := 0.02 * math.Sin(2*math.Pi*7.3*m.seconds+0.6)
	return m.load + 0.9*m.dip + ripple + 0.006*m.rng.NormFloat64()
}

func (m *motor) vibration() float64 {
	return m.burst*math.Sin(2*math.Pi*11*m.seconds) + (0.08+0.15*m.burst)*m.rng.NormFloat64()
}

// round keeps what a sensor of such a resolution would show.
func round(v, perUnit float64) float64 { return math.Round(v*perUnit) / perUnit }
