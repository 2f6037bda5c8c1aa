package source

import "sync"

// Reins halt a generator, let it go on and change its rate, while it runs.
type Reins struct {
	pull chan struct{} // one place: something has changed

	mu     sync.Mutex
	rate   float64 // zero while nobody has set one
	halted bool
	news   bool // that the generator has not taken
}

// NewReins gives reins for one generator, which runs at its own rate until they are pulled.
func NewReins() *Reins { return &Reins{pull: make(chan struct{}, 1)} }

// SetRate makes it go on with so many readings a second, at most MaxRate.
func (r *Reins) SetRate(rate float64) error {
	if err := checkRate(rate); err != nil {
		return err
	}
	r.change(func() { r.rate = rate })
	return nil
}

// Halt makes it wait for Go.
func (r *Reins) Halt() { r.change(func() { r.halted = true }) }

// Go makes it go on with the value that is next.
func (r *Reins) Go() { r.change(func() { r.halted = false }) }

func (r *Reins) change(f func()) {
	r.mu.Lock()
	rate, halted := r.rate, r.halted
	f()
	r.news = r.news || r.rate != rate || r.halted != halted
	r.mu.Unlock()
	select {
	case r.pull <- struct{}{}:
	default: // it will look anyway
	}
}

// pulled tells that something may have changed.
func (r *Reins) pulled() <-chan struct{} {
	if r == nil {
		return nil
	}
	return r.pull
}

// take gives the rate from now on, zero for a halt, if that has changed; own is
// that of the generator.
func (r *Reins) take(own float64) (rate float64, changed bool) {
	if r == nil {
		return own, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	changed, r.news = r.news, false
	switch {
	case r.halted:
		return 0, changed
	case r.rate > 0:
		return r.rate, changed
	}
	return own, changed
}
