//go:build !unix

package main

import "os"

// resizes tells nothing: the size is asked before every picture.
func resizes() (resized <-chan os.Signal, forget func()) { return nil, func() {} }

// suspension is not known here.
func suspension(*keyMode) func() { return nil }
