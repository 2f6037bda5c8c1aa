// Package source holds what readings come from: generators, a simulated
// device, and lines of text in the formats that sensors and tools print.
//
//	generator, simulated --- the clock says what is due ----.
//	                                                        |
//	stdin, serial --bytes--> line --text--> format --row--> Publish(readings...)
//	                           |              |
//	                           '--- Skip -----'  (counted; told within bounds)
//
// Every source has a Run that blocks until the source has ended or its context
// is done; both are a normal end. Whoever calls Run owns the goroutine.
package source

import "github.com/plotbeam/plotbeam"

// Publish takes the readings of one moment or one batch. It copies what it
// keeps: the slice is used again after it returns.
type Publish func(readings ...plotbeam.Reading) error

// batchReadings is how many readings are gathered, at most about, for one Publish.
const batchReadings = 1000
